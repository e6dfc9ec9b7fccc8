import { asObject, objectIn } from '../json-object.ts';
import { type FoundDelegation, readDelegation } from './delegation.ts';
import { letsIn } from './judge-calls.ts';
import { baseUrlIn, judgeClient } from './judge-client.ts';
import { describePlace, isTrusted, judgePresence } from './judge-connection.ts';
import { clockDifference, judgeFederation, judgeSameKeys, softwareIn } from './judge-federation.ts';
import { type CheckFinding, finding } from './knowledge.ts';
import type { Fetched, ObservedServer, Sighting } from './observed.ts';
import type { FederationRoute } from './route.ts';
import { mostKeys } from './server-keys.ts';

/** What a check concludes from all that was seen. */
export interface CheckReport {
  readonly serverName: string;
  readonly route: FederationRoute;
  /** Every address of every target. */
  readonly addresses: readonly { readonly place: string; readonly ok: boolean }[];
  /** Name and version of the homeserver's program; `null` if they are not known. */
  readonly software: string | null;
  /** IDs of the published keys; empty if they are not known. */
  readonly keys: readonly string[];
  readonly clockMilliseconds: number | null;
  /** Where clients connect. */
  readonly baseUrl: string;
  /** URLs of the services that let clients join calls (MatrixRTC): only those that work. */
  readonly calls: readonly string[];
  readonly findings: readonly CheckFinding[];
}

/** Judges all observations of a server. */
export function judge(observed: ObservedServer): CheckReport {
  const { server, route, federation, client } = observed;
  const bySight = federation.map((sight) => ({ sight, found: judgeFederation(sight, server.text) }));
  const addresses = bySight.map(({ sight, found }) => ({
    place: describePlace(sight.keys),
    ok: found.every(({ verdict }) => verdict === 'warning'),
  }));
  const findings = [
    ...judgePlaces(observed),
    ...judgeDelegations(
      observed.delegations,
      addresses.some(({ ok }) => ok),
    ),
    ...judgeRoute(observed),
    ...bySight.flatMap(({ found }) => found),
    ...judgeSameKeys(federation),
    ...judgeClient(client),
    ...observed.admin.flatMap(judgeAdmin),
  ];
  const answered = federation.find(({ keys }) => keys.answer?.status === 200);
  return {
    serverName: server.text,
    route,
    addresses,
    software: softwareIn(answered?.version.answer?.body ?? '') ?? null,
    keys: Object.keys(asObject(objectIn(answered?.keys.answer?.body ?? '')?.verify_keys) ?? {}).slice(
      0,
      mostKeys,
    ),
    clockMilliseconds:
      answered === undefined
        ? null
        : (clockDifference(answered.keys.answer?.headers.date, answered.keys.at) ?? null),
    baseUrl: client.documents.map(baseUrlIn).find((url) => url !== undefined) ?? client.baseUrl,
    calls: client.calls.filter(letsIn).map(({ url }) => url),
    findings: withoutDoubles(findings),
  };
}

function judgePlaces({ home, places, isOwn, client }: ObservedServer): CheckFinding[] {
  const { place, calls } = client;
  const all = [home, ...places, ...(place === undefined ? [] : [place]), ...calls.map((call) => call.place)];
  return all.flatMap(({ host, addresses, refused, left }) => [
    ...refused.map((address) =>
      host === home.host
        ? finding('loopback-address', host, `it leads to ${address}`)
        : finding('leads-inside', host, `it leads to ${address}`),
    ),
    ...(isOwn ? [] : addresses.filter(({ reach }) => reach !== 'public')).map(({ address }) =>
      finding('private-address', host, `it leads to ${address}`, 'warning'),
    ),
    ...(left > 0 ? [finding('too-many', host, `it has ${left} more addresses`, 'warning')] : []),
  ]);
}

function judgeDelegations(fetched: readonly Fetched[], worksWithout: boolean): CheckFinding[] {
  const read = fetched.map((each) => ({ each, delegation: readDelegation(each) }));
  const named = new Set(read.flatMap(({ delegation }) => textOf(delegation) ?? []));
  return [
    ...read.flatMap(({ each, delegation }) =>
      judgeDelegation(each, delegation, named.size > 0, worksWithout),
    ),
    ...(named.size > 1
      ? [finding('well-known-differs', '/.well-known/matrix/server', `it names ${[...named].join(' and ')}`)]
      : []),
  ];
}

/** @param isNamed whether another address delegates: then this one must do so, too */
function judgeDelegation(
  { url, address }: Fetched,
  delegation: FoundDelegation,
  isNamed: boolean,
  worksWithout: boolean,
): CheckFinding[] {
  const at = `${url} at ${address}`;
  switch (delegation.kind) {
    case 'invalid':
      return [finding(delegation.code, at, delegation.saw)];
    case 'unknown':
      return [finding(delegation.code, at, delegation.saw, worksWithout && !isNamed ? 'warning' : 'failed')];
    case 'absent':
      return isNamed ? [finding('well-known-differs', at, 'status 404, where others answer')] : [];
    case 'delegated':
      return [];
  }
}

function textOf(delegation: FoundDelegation): string | undefined {
  return delegation.kind === 'delegated' ? delegation.server.text : undefined;
}

function judgeRoute({ route, places }: ObservedServer): CheckFinding[] {
  const { srvName = '', step, left } = route;
  return [
    ...(route.isClosed ? [finding('srv-no-service', srvName, 'its target is "."')] : []),
    ...(step === 'srv-legacy'
      ? [finding('srv-legacy', srvName, 'only the older SRV record is there', 'warning')]
      : []),
    ...(route.failure === undefined
      ? []
      : [
          finding('srv-failure', route.name, `no name server answers for its SRV records (${route.failure})`),
        ]),
    ...(left > 0 ? [finding('too-many', srvName, `it has ${left} more targets`, 'warning')] : []),
    ...places.flatMap((place) => [
      ...(place.isAlias ? [finding('srv-cname', srvName, `its target ${place.host} is a CNAME`)] : []),
      ...judgePresence(place),
    ]),
  ];
}

/** A finding if Synapse's admin interface answers, even if only that a token is missing. */
function judgeAdmin(sighting: Sighting): CheckFinding[] {
  const { answer } = sighting;
  const { errcode, server_version: version } = objectIn(answer?.body ?? '') ?? {};
  const answers =
    isTrusted(sighting) && (version !== undefined || /^M_(?:MISSING|UNKNOWN)_TOKEN$/.test(String(errcode)));
  return answers
    ? [finding('admin-reachable', describePlace(sighting), `status ${answer?.status} for ${sighting.path}`)]
    : [];
}

/** Removes duplicates: clients and homeservers may meet the same fault at one address. */
function withoutDoubles(findings: readonly CheckFinding[]): CheckFinding[] {
  const seen = new Map(findings.map((each) => [`${each.code} ${each.at} ${each.saw}`, each]));
  return [...seen.values()];
}
