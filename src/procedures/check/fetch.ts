import { isTrusted } from '../../federation/judge-connection.ts';
import type { Fetched, NameLocation, Reachability, Sighting } from '../../federation/observed.ts';
import { firstOf } from '../../host/first-of.ts';
import { parseServerName, type ServerName } from '../../identifiers/server-name.ts';
import { type Asking, locate, lookAt, type Party, webParty } from './asking.ts';

/** How many redirects are followed: more than any server needs. */
const mostRedirects = 5;

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/** Asks every address of a server name for a document, side by side. */
export function fetchFromAll(
  server: ServerName,
  home: NameLocation,
  path: string,
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<Fetched>[] {
  return home.addresses.map(({ address }) => fetchAt(address, webParty(server), path, beyond, asking));
}

/**
 * Asks one address for a document, and follows its redirects: by https only, and never into a network that the server
 * itself is not in.
 */
async function fetchAt(
  address: string,
  party: Party,
  path: string,
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<Fetched> {
  const first = new URL(`https://${party.hostHeader}${path}`);
  return follow(
    { url: first, sighting: await lookAt(address, party, path, asking), address, beyond, redirects: [] },
    asking,
  );
}

interface Stop {
  readonly url: URL;
  readonly sighting: Sighting;
  /** The address that the first request was sent to. */
  readonly address: string;
  readonly beyond: readonly Reachability[];
  /** The earlier answers, which were redirects. */
  readonly redirects: readonly Sighting[];
}

async function follow(
  { url, sighting, address, beyond, redirects: before }: Stop,
  asking: Asking,
): Promise<Fetched> {
  const { answer } = sighting;
  const ended = (trouble: Fetched['trouble'], last: URL = url): Fetched => ({
    address,
    url: last.href.slice(0, 300),
    trouble,
    last: sighting,
    redirects: before,
  });
  if (answer === undefined || !redirectStatuses.includes(answer.status) || !isTrusted(sighting)) {
    return ended(undefined);
  }
  const location = answer.headers.location;
  if (location === undefined || !URL.canParse(location, url.href)) return ended('bad-location');
  const next = new URL(location, url);
  if (next.protocol !== 'https:') return ended('insecure', next);
  if (before.length === mostRedirects) return ended('loop', next);
  const named = parseServerName(next.host);
  if (named === undefined) return ended('bad-location', next);
  const place = await locate(named, beyond, asking);
  if (place.addresses.length === 0) {
    return ended(place.refused.length > 0 ? 'inward' : 'no-address', next);
  }
  const { host, isAddress } = named;
  const party: Party = { host, isAddress, port: named.port ?? 443, hostHeader: next.host };
  const path = `${next.pathname}${next.search}`;
  const looks = place.addresses.map(({ address: other }) => lookAt(other, party, path, asking));
  const answered = await firstOf(looks, (each) => (each.answer === undefined ? undefined : each));
  const [first = sighting] = await Promise.all(answered === undefined ? looks : [answered]);
  return follow({ url: next, sighting: first, address, beyond, redirects: [...before, sighting] }, asking);
}
