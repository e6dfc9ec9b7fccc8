import type { Delegation } from '../components/component.ts';
import { readTemplate } from './template.ts';

/** The templates of the settings with which a web server serves the well-known documents, by web server. */
const templates = {
  nginx: 'delegation/nginx.conf',
  apache: 'delegation/apache.conf',
  caddy: 'delegation/Caddyfile',
  traefik: 'delegation/traefik.yml',
  static: 'delegation/static.sh',
} as const;

export type SnippetKind = keyof typeof templates;

export const snippetKinds = Object.keys(templates) as SnippetKind[];

/** The example names in the templates, in place of those of a deployment: so each template is valid as it stands. */
const placeholders = /matrix\.example\.org:443|https:\/\/matrix\.example\.org|example\.org/g;

interface Names extends Pick<Delegation, 'federationAddress' | 'clientUrl'> {
  readonly serverName: string;
}

/**
 * The settings with which a web server at the server name points to a deployment. Names of matrix.yaml need no
 * quoting anywhere.
 */
export function snippetFor(kind: SnippetKind, { serverName, federationAddress, clientUrl }: Names): string {
  const values: Readonly<Record<string, string>> = {
    'matrix.example.org:443': federationAddress,
    'https://matrix.example.org': clientUrl,
    'example.org': serverName,
  };
  return readTemplate(templates[kind]).replaceAll(placeholders, (found) => values[found] ?? found);
}
