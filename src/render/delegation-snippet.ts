import type { Delegation } from '../components/component.ts';
import { readTemplate } from './template.ts';

/** By web server, the template of what makes it serve the well-known documents. */
const templates = {
  nginx: 'delegation/nginx.conf',
  apache: 'delegation/apache.conf',
  caddy: 'delegation/Caddyfile',
  traefik: 'delegation/traefik.yml',
  static: 'delegation/static.sh',
} as const;

export type SnippetKind = keyof typeof templates;

export const snippetKinds = Object.keys(templates) as SnippetKind[];

/** What stands in the templates for the names of a deployment: each of them is valid as it stands. */
const placeholders = /matrix\.example\.org:443|https:\/\/matrix\.example\.org|example\.org/g;

interface Names extends Pick<Delegation, 'federationAddress' | 'clientUrl'> {
  readonly serverName: string;
}

/** What makes a web server on the server name lead to a deployment. Names of matrix.yaml need no quoting anywhere. */
export function snippetFor(kind: SnippetKind, { serverName, federationAddress, clientUrl }: Names): string {
  const values: Readonly<Record<string, string>> = {
    'matrix.example.org:443': federationAddress,
    'https://matrix.example.org': clientUrl,
    'example.org': serverName,
  };
  return readTemplate(templates[kind]).replaceAll(placeholders, (found) => values[found] ?? found);
}
