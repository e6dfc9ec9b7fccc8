import type { Lead, NameSight } from '../config/name-sight.ts';
import type { Context } from '../context.ts';
import { CancelledError } from '../errors.ts';
import { readDelegation } from '../federation/delegation.ts';
import { documentPaths } from '../federation/document-paths.ts';
import type { NameLocation } from '../federation/observed.ts';
import { federationPort } from '../federation/route.ts';
import { deadline } from '../host/bounds.ts';
import { destinationOf } from '../host/dns/judge-names.ts';
import { parseServerName, type ServerName } from '../identifiers/server-name.ts';
import { serviceNames } from '../stack/delegation-records.ts';
import { type Asking, locate, lookAt, openAsking, webParty } from './check/asking.ts';
import { fetchFromAll } from './check/fetch.ts';

const reach = ['public', 'private'] as const;

/** How long port 8448 may take to answer, in seconds: many firewalls never answer, and the operator waits. */
const portSeconds = 1.5;

/**
 * Finds out what answers on a server name, and where the name leads other homeservers, before anything is set up.
 *
 * @param roots PEM of CA certificates to trust beside the public ones
 * @returns `undefined` where that cannot be found out
 * @throws CancelledError when it was interrupted
 */
export async function lookAtName(
  name: string,
  roots: string | undefined,
  context: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<NameSight | undefined> {
  const server = parseServerName(name);
  if (server === undefined) return undefined;
  try {
    const [{ machine, network }, asking] = await Promise.all([
      context.surroundings(),
      openAsking({ roots, isOwn: true }, context),
    ]);
    const own = machine.addresses();
    const leadTo = async (target: Pick<ServerName, 'host' | 'isAddress'>): Promise<Lead> => ({
      host: target.host,
      destination: destinationOf(addressesOf(await locate(target, reach, asking)), own),
    });
    const [home, ...services] = await Promise.all([
      locate(server, reach, asking),
      ...serviceNames(name).map((service) => network.srv(service)),
    ]);
    const [fetched, hasHomeserver] = await Promise.all([
      Promise.all(fetchFromAll(server, home, documentPaths.server, reach, asking)),
      answersOnPort(server, home, { ...asking, signal: deadline(portSeconds, context) }),
    ]);
    const documents = fetched.map((each) => readDelegation(each));
    const document = documents.find((each) => each.kind === 'delegated')?.server;
    const [record] = services.flatMap((answer) => ('records' in answer ? answer.records : []));
    return {
      name,
      addresses: addressesOf(home),
      destination: destinationOf(addressesOf(home), own),
      answers: fetched.some(({ last }) => last?.answer !== undefined),
      document: document && (await leadTo(document)),
      records: record && (await leadTo({ host: record.name.replace(/\.$/, ''), isAddress: false })),
      hasHomeserver,
      failure: home.failure,
    };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}

function addressesOf({ addresses }: NameLocation): string[] {
  return addresses.map(({ address }) => address);
}

/** Whether a homeserver shows its keys on the default port of federation. */
async function answersOnPort(
  server: ServerName,
  { addresses }: NameLocation,
  asking: Asking,
): Promise<boolean> {
  const party = { ...webParty(server), port: federationPort };
  const looks = addresses.map(({ address }) => lookAt(address, party, '/_matrix/key/v2/server', asking));
  return (await Promise.all(looks)).some(({ answer }) => answer?.status === 200);
}
