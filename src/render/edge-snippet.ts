import type { Stack } from '../stack/stack.ts';
import { readTemplate } from './template.ts';

/** The programs for whose settings there is a template, templates/host-proxy/NAME.conf. */
export type EdgeProgram = 'nginx' | 'caddy' | 'apache' | 'haproxy';

/** What stands in the templates in the place of what a deployment has, so that each is valid as it stands. */
const examples = {
  serverName: /homeserver of(\s+#?\s*)example\.org/,
  name: 'matrix.example.org',
  path: '/_matrix/',
  address: '127.0.0.1:8008',
  bytes: '52428800',
} as const;

/** A proxy that refuses what is a little too large for the homeserver says so in words that no client understands. */
const spareBytes = 2 ** 20;

/**
 * The settings with which a program of the host passes requests on to our proxy: for every name, the paths that have a route.
 *
 * @throws Error for a stack that is reached without another proxy
 */
export function renderEdgeSnippet(
  program: EdgeProgram,
  { serverName, edge, delegation, routes }: Pick<Stack, 'serverName' | 'edge' | 'delegation' | 'routes'>,
): string {
  const { behind } = edge;
  if (behind?.kind !== 'host-proxy') throw new Error('no other proxy passes requests on to this stack');
  const largest = Math.max(...routes.map(({ largestBodyBytes }) => largestBodyBytes));
  const pathsOf = (name: string) => [
    ...new Set(routes.filter(({ hosts }) => hosts.includes(name)).flatMap((route) => route.pathPrefixes)),
  ];
  const perName = repeat(
    readTemplate(`host-proxy/${program}.conf`),
    'name',
    delegation.names,
    (block, name) =>
      repeat(block, 'path', pathsOf(name), (line, path) =>
        line.replaceAll(examples.path, path === '/' ? path : `${path}/`),
      ).replaceAll(examples.name, name),
  );
  return perName
    .replace(examples.serverName, (_, space: string) => `homeserver of${space}${serverName}`)
    .replaceAll(examples.address, `${behind.address}:${behind.port}`)
    .replaceAll(examples.bytes, String(largest + spareBytes));
}

/** Writes what is between `# begin KIND` and `# end KIND`, two lines that are left out, once for each value. */
function repeat(
  text: string,
  kind: 'name' | 'path',
  values: readonly string[],
  write: (block: string, value: string) => string,
): string {
  const marked = new RegExp(`^ *# begin ${kind}\\n(.*?)^ *# end ${kind}\\n`, 'gms');
  return text.replace(marked, (_, block: string) => values.map((value) => write(block, value)).join(''));
}
