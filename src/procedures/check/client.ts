import { documentPaths } from '../../federation/document-paths.ts';
import { baseUrlIn } from '../../federation/judge-client.ts';
import type { ClientSight, NameLocation, Reachability, Sighting } from '../../federation/observed.ts';
import { firstOf } from '../../host/first-of.ts';
import { bracketed } from '../../identifiers/host-name.ts';
import { parseServerName, type ServerName } from '../../identifiers/server-name.ts';
import { type Asking, locate, lookAt, type Party } from './asking.ts';
import { fetchFromAll } from './fetch.ts';

/** Answers everybody, where a proxy lets it through (Synapse's admin interface, "Server Version"). */
export const adminPath = '/_synapse/admin/v1/server_version';

/** An ID with a slash, as it must arrive. */
export const encodedPath = '%24matrix-deploy%2Fcheck';

/** Looks at what clients meet: the document of the server name, then the API that it names, or else that of the name itself. */
export async function observeClient(
  server: ServerName,
  home: NameLocation,
  beyond: readonly Reachability[],
  asking: Asking,
): Promise<ClientSight & { readonly admin: readonly Sighting[] }> {
  const { host } = server;
  const asked = fetchFromAll(server, home, documentPaths.client, beyond, asking);
  const named = await firstOf(asked, baseUrlIn);
  const baseUrl = named ?? `https://${bracketed(host)}`;
  const url = new URL(baseUrl);
  const base = parseServerName(url.host);
  if (base === undefined) {
    return { documents: await Promise.all(asked), baseUrl, place: undefined, api: [], admin: [] };
  }
  const place = base.host === host ? home : await locate(base, beyond, asking);
  const party: Party = {
    host: base.host,
    isAddress: base.isAddress,
    port: base.port ?? 443,
    hostHeader: url.host,
  };
  const prefix = url.pathname.replace(/\/+$/, '');
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
    documents: await Promise.all(asked),
    baseUrl,
    place,
    api: api.flat().map(({ versions, encoded }) => ({ versions, encoded })),
    admin: api.flat().map(({ admin }) => admin),
  };
}
