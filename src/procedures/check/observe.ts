import { readDelegation } from '../../federation/delegation.ts';
import { documentPaths } from '../../federation/document-paths.ts';
import type {
  FederationSight,
  Fetched,
  NameLocation,
  ObservedServer,
  Reachability,
} from '../../federation/observed.ts';
import {
  chooseRoute,
  type FederationRoute,
  isDirect,
  type SrvAnswers,
  srvNames,
} from '../../federation/route.ts';
import { firstOf } from '../../host/first-of.ts';
import { bracketed } from '../../identifiers/host-name.ts';
import { parseServerName, type ServerName } from '../../identifiers/server-name.ts';
import { type Asking, locate, lookAt, type Party, reachBeyond, reachOfName } from './asking.ts';
import { adminPath, encodedPath, observeClient } from './client.ts';
import { fetchFromAll } from './fetch.ts';

/**
 * Observes a server as other homeservers and clients do. Requests that do not depend on another answer are parallel.
 *
 * @throws CancelledError when it was interrupted
 */
export async function observe(server: ServerName, asking: Asking): Promise<ObservedServer> {
  const { isOwn } = asking;
  const home = await locate(server, reachOfName(server.isAddress, isOwn), asking);
  const beyond = reachBeyond(home, isOwn);
  const [client, federation] = await Promise.all([
    observeClient(server, home, beyond, asking),
    observeFederation(server, home, beyond, asking),
  ]);
  return {
    server,
    home,
    client,
    ...federation,
    admin: [...federation.admin, ...client.admin],
    isOwn,
  };
}

type Federation = Pick<ObservedServer, 'delegations' | 'route' | 'places' | 'federation' | 'admin'>;

async function observeFederation(
  server: ServerName,
  home: NameLocation,
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<Federation> {
  const asked = isDirect(server) ? [] : fetchFromAll(server, home, documentPaths.server, beyond, asking);
  const ownRecords = recordsOf(server, asking);
  const delegated = await firstOf(asked, delegatedIn);
  const records = await (delegated === undefined ? ownRecords : recordsOf(delegated, asking));
  const route = chooseRoute(delegated ?? server, delegated !== undefined, records);
  const seen = await observeTargets(route, { server, home, beyond }, asking);
  return { delegations: await Promise.all(asked), route, ...seen };
}

/** The server that a document delegates to; `undefined` if it delegates to none. */
function delegatedIn(fetched: Fetched): ServerName | undefined {
  const delegation = readDelegation(fetched);
  return delegation.kind === 'delegated' ? delegation.server : undefined;
}

async function recordsOf(
  server: ServerName,
  { network }: Pick<Asking, 'network'>,
): Promise<SrvAnswers | undefined> {
  if (isDirect(server)) return undefined;
  const [fed, legacy] = await Promise.all([
    network.srv(`${srvNames.fed}.${server.host}`),
    network.srv(`${srvNames.legacy}.${server.host}`),
  ]);
  return { fed, legacy };
}

async function observeTargets(
  route: FederationRoute,
  { server, home, beyond }: { server: ServerName; home: NameLocation; beyond: readonly Reachability[] },
  asking: Asking,
): Promise<Pick<Federation, 'places' | 'federation' | 'admin'>> {
  const seen = await Promise.all(
    route.targets.map(async ({ host, port }) => {
      const [place, isAlias] = await Promise.all([
        host === server.host ? home : locate(targetOf(host), beyond, asking),
        route.srvName === undefined ? false : isOtherName(host, asking),
      ]);
      const party: Party = {
        host,
        port,
        isAddress: targetOf(route.name).isAddress,
        name: route.name,
        hostHeader: route.hostHeader,
      };
      const sights = await Promise.all(
        place.addresses.map(({ address }) => observeAt(address, party, asking)),
      );
      return { place: { ...place, isAlias }, sights };
    }),
  );
  const sights = seen.flatMap(({ sights: each }) => each);
  return {
    places: seen.map(({ place }) => place),
    federation: sights.map(({ sight }) => sight),
    admin: sights.map(({ admin }) => admin),
  };
}

async function observeAt(address: string, party: Party, asking: Asking) {
  const ask = (path: string) => lookAt(address, party, path, asking);
  const [keys, version, encoded, admin] = await Promise.all([
    ask('/_matrix/key/v2/server'),
    ask('/_matrix/federation/v1/version'),
    // The homeserver answers that the signature is missing or, if a proxy has decoded the slash, that there is no
    // such endpoint.
    ask(`/_matrix/federation/v1/event/${encodedPath}`),
    ask(adminPath),
  ]);
  const sight: FederationSight = { target: { host: party.host, port: party.port }, keys, version, encoded };
  return { sight, admin };
}

async function isOtherName(host: string, { network }: Pick<Asking, 'network'>): Promise<boolean> {
  const answer = await network.cname(host);
  return 'records' in answer && answer.records.length > 0;
}

/** A host from the DNS or from a server name, and whether it is an IP address. */
function targetOf(host: string): Pick<ServerName, 'host' | 'isAddress'> {
  return { host, isAddress: parseServerName(bracketed(host))?.isAddress ?? false };
}
