import { objectionToCors } from '../../federation/cors.ts';
import { documentPaths } from '../../federation/document-paths.ts';
import { objectionToKeys } from '../../federation/server-keys.ts';
import { objectIn } from '../../json-object.ts';
import type { Delegation, StackContext } from '../component.ts';
import type { Answer, Expectation } from '../questions.ts';

/**
 * The external checks of the homeserver: what clients and other homeservers must find by its names.
 *
 * @param largestBody the largest request that the homeserver takes, in bytes
 */
export function expectations(
  { serverName, host, edge, delegation }: StackContext,
  largestBody: number,
): Expectation[] {
  const alias = `#a/b:${serverName}`;
  const { isElsewhere, leading, ledBy, federationAddress, federationPort } = delegation;
  const federates = edge.httpsPort === 443 || isElsewhere || ledBy !== 'document';
  const whereNamed = (name: string) => (leading.includes(name) ? undefined : host);
  // None for a site elsewhere: its documents are looked up as other servers do it, through redirects and at its own
  // port.
  const documents = isElsewhere
    ? []
    : ownDocuments(serverName, delegation, federates && ledBy === 'document');
  // Another proxy may give any answer, or have a website, at paths that are not ours.
  const isClosed = (status: number, body: string) =>
    edge.behind === undefined
      ? status === 404 && !body.includes('errcode')
      : !/"(?:errcode|server_version)"/.test(body);
  return [
    {
      name: 'the client API',
      host,
      path: '/_matrix/client/versions',
      judge: (answer) => objectionToJson(answer) ?? objectionToCors(answer) ?? missing(answer, 'versions'),
    },
    {
      name: 'an encoded path, passed on unchanged',
      host,
      path: `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`,
      // The alias may exist by now. What matters is that Synapse was asked for this one.
      judge: ({ status, body }) =>
        status === 200 || (status === 404 && body.includes(alias)) ? undefined : `status ${status}`,
    },
    // The configuration does not show whether a middleware of the existing Traefik limits bodies.
    ...(edge.behind?.kind === 'traefik'
      ? [
          {
            name: 'room for the largest upload',
            host,
            path: '/_matrix/media/v3/upload',
            announces: largestBody,
            judge: ({ status }: Answer) =>
              status === 413 ? `a body of ${largestBody} bytes is too large for it (status 413)` : undefined,
          },
        ]
      : []),
    ...documents,
    ...(federates
      ? [
          {
            name: 'the keys that this homeserver signs with',
            ...(ledBy === 'records'
              ? { host: serverName, at: host }
              : { host: federationAddress.replace(/:\d+$/, '') }),
            ...(federationPort === undefined ? {} : { port: federationPort }),
            path: '/_matrix/key/v2/server',
            judge: (answer: Answer, now: Date) =>
              objectionToJson(answer) ?? objectionToKeys(parse(answer), serverName, now.getTime()),
          },
        ]
      : []),
    ...delegation.names.map((name) => ({
      name: 'no access to the admin API',
      host: name,
      at: whereNamed(name),
      path: '/_synapse/admin/v1/server_version',
      judge: ({ status, body }: Answer) =>
        isClosed(status, body) ? undefined : `it answers with status ${status}`,
    })),
  ];
}

/** The well-known documents that we serve on the server name. */
function ownDocuments(
  serverName: string,
  { clientUrl, federationAddress }: Pick<Delegation, 'clientUrl' | 'federationAddress'>,
  hasServerDocument: boolean,
): Expectation[] {
  const forClients: Expectation = {
    name: 'the document that leads clients here',
    host: serverName,
    path: documentPaths.client,
    judge: (answer) =>
      objectionToJson(answer) ??
      objectionToCors(answer) ??
      differs(parse(answer)['m.homeserver']?.base_url, `${clientUrl}/`),
  };
  const forServers: Expectation = {
    name: 'the document that leads other homeservers here',
    host: serverName,
    path: documentPaths.server,
    judge: (answer) => objectionToJson(answer) ?? differs(parse(answer)['m.server'], federationAddress),
  };
  return hasServerDocument ? [forClients, forServers] : [forClients];
}

function objectionToJson({ status, headers, body }: Answer): string | undefined {
  if (status !== 200) {
    return `status ${status}`;
  }
  if (!headers['content-type']?.startsWith('application/json')) {
    return `the content type ${headers['content-type'] ?? 'is missing'}`;
  }
  return objectIn(body) === undefined ? 'no JSON object' : undefined;
}

function missing(answer: Answer, member: string): string | undefined {
  return member in parse(answer) ? undefined : `no ${member}`;
}

function differs(seen: unknown, wanted: string): string | undefined {
  return seen === wanted ? undefined : `${String(seen)} in place of ${wanted}`;
}

// biome-ignore lint/suspicious/noExplicitAny: what a server says has any shape.
function parse({ body }: Answer): any {
  return JSON.parse(body);
}
