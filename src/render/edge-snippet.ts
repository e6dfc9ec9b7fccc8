import type { Stack } from '../stack/stack.ts';
import { readTemplate } from './template.ts';

/** The programs that have a template for their settings: templates/host-proxy/NAME.conf. */
export type EdgeProgram = 'nginx' | 'caddy' | 'apache' | 'haproxy';

/** The example values in the templates, in place of those of a deployment: so each template is valid as it stands. */
const examples = {
  serverName: /homeserver of(\s+#?\s*)example\.org/,
  name: 'matrix.example.org',
  path: '/_matrix/',
  address: '127.0.0.1:8008',
  bytes: '52428800',
} as const;

/**
 * How many bytes more than the homeserver a proxy accepts. So the homeserver itself refuses a body that is a little
 * too large: clients do not understand the refusal of a proxy.
 */
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

/**
 * Writes the block between the lines `# begin KIND` and `# end KIND` once for each value, without these two lines.
 */
function repeat(
  text: string,
  kind: 'name' | 'path',
  values: readonly string[],
  write: (block: string, value: string) => string,
): string {
  const marked = new RegExp(`^ *# begin ${kind}\\n(.*?)^ *# end ${kind}\\n`, 'gms');
  return text.replace(marked, (_, block: string) => values.map((value) => write(block, value)).join(''));
}
