import { documentPaths } from '../../federation/document-paths.ts';
import { callUrlsIn } from '../../federation/judge-calls.ts';
import { baseUrlIn } from '../../federation/judge-client.ts';
import type {
  CallSight,
  ClientSight,
  Fetched,
  NameLocation,
  Reachability,
  Sighting,
} from '../../federation/observed.ts';
import { firstOf } from '../../host/first-of.ts';
import { bracketed } from '../../identifiers/host-name.ts';
import { parseServerName, type ServerName } from '../../identifiers/server-name.ts';
import { type Asking, locate, lookAt, type Party } from './asking.ts';
import { fetchFromAll } from './fetch.ts';

/** A path that answers without a login, if a proxy lets it through (Synapse's admin API, "Server Version"). */
export const adminPath = '/_synapse/admin/v1/server_version';

/** An ID with a slash, percent-encoded: it must reach the homeserver like this. */
export const encodedPath = '%24matrix-deploy%2Fcheck';

/**
 * Observes a server as clients do: the well-known document of the server name, then the API at the base URL that the
 * document names or, without one, at the server name itself.
 */
export async function observeClient(
  server: ServerName,
  home: NameLocation,
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<ClientSight & { readonly admin: readonly Sighting[] }> {
  const asked = fetchFromAll(server, home, documentPaths.client, beyond, asking);
  const [api, calls, documents] = await Promise.all([
    observeApi(server, { home, beyond, asked }, asking),
    observeCalls(asked, beyond, asking),
    Promise.all(asked),
  ]);
  return { documents, ...api, calls };
}

interface Documents {
  readonly home: NameLocation;
  readonly beyond: readonly Reachability[];
  /** The well-known document, from each address of the server name. */
  readonly asked: readonly Promise<Fetched>[];
}

async function observeApi(
  server: ServerName,
  { home, beyond, asked }: Documents,
  asking: Asking,
): Promise<Pick<ClientSight, 'baseUrl' | 'place' | 'api'> & { readonly admin: readonly Sighting[] }> {
  const { host } = server;
  const named = await firstOf(asked, baseUrlIn);
  const baseUrl = named ?? `https://${bracketed(host)}`;
  const { party, prefix } = partyOf(new URL(baseUrl));
  if (party === undefined) return { baseUrl, place: undefined, api: [], admin: [] };
  const place = party.host === host ? home : await locate(party, beyond, asking);
  const alias = `${prefix}/_matrix/client/v3/directory/room/${encodeURIComponent(`#matrix-deploy/check:${server.text}`)}`;
  const api = await Promise.all(
    place.addresses.map(async ({ address }) => {
      const [versions, encoded, admin] = await Promise.all(
        [`${prefix}/_matrix/client/versions`, alias, adminPath].map((path) =>
          lookAt(address, party, path, asking),
        ),
      );
      return versions && encoded && admin ? [{ versions, encoded, admin }] : [];
    }),
  );
  return {
    baseUrl,
    place,
    api: api.flat().map(({ versions, encoded }) => ({ versions, encoded })),
    admin: api.flat().map(({ admin }) => admin),
  };
}

/** How many services for calls are asked. No server has more. */
const mostCalls = 4;

/** Observes the services for calls that the well-known document names: the first document that names any. */
async function observeCalls(
  asked: readonly Promise<Fetched>[],
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<CallSight[]> {
  const urls = await firstOf(asked, (fetched) => {
    const named = callUrlsIn(fetched);
    return named.length > 0 ? named : undefined;
  });
  const seen = [...new Set(urls)].slice(0, mostCalls).map(async (url) => {
    const { party } = partyOf(new URL(url));
    if (party === undefined) return [];
    const place = await locate(party, beyond, asking);
    // Clients append the path to the URL as it is, so a slash at the end of the URL becomes two.
    const pathOf = (end: string) => new URL(`${url}${end}`).pathname;
    const sights = await Promise.all(
      place.addresses.map(async ({ address }) => {
        const look = (end: string) => lookAt(address, party, pathOf(end), asking);
        const [health, token, legacy] = await Promise.all([
          look('/healthz'),
          look('/get_token'),
          look('/sfu/get'),
        ]);
        return { health, token, legacy };
      }),
    );
    return [{ url, place, sights }];
  });
  return (await Promise.all(seen)).flat();
}

/** The server that a request to an https:// URL is for, and the prefix of its paths. */
function partyOf(url: URL): { party: Party | undefined; prefix: string } {
  const prefix = url.pathname.replace(/\/+$/, '');
  const named = parseServerName(url.host);
  if (named === undefined) return { party: undefined, prefix };
  const { host, isAddress, port = 443 } = named;
  return { party: { host, isAddress, port, hostHeader: url.host }, prefix };
}
