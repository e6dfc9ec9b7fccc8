import type { ComponentDescription, Edge, FileSpec, Settings } from '../components/component.ts';
import { describeComponents } from '../components/components.ts';
import { localAuthority } from '../components/traefik/certificates.ts';
import type { Config } from '../config/schema.ts';

/** The whole deployment as a value: the components' descriptions joined. */
export interface Stack extends Omit<ComponentDescription, 'provisions'> {
  /** Name of the Compose project. */
  readonly project: string;
  readonly serverName: string;
  readonly host: string;
  readonly edge: Edge;
  readonly provisions: ReturnType<ComponentDescription['provisions']>;
  /** Tags of the images that it runs. */
  readonly images: readonly string[];
  /** File below the deployment directory with roots that clients of this deployment must trust; absent where the public ones do. */
  readonly roots: string | undefined;
}

/** By image tag, the digest that this deployment is locked to: `sha256:…`. */
export type ImageLock = Readonly<Record<string, string>>;

/** What the configuration means: services, routes, files, secrets and the rest, for every command to fold over. */
export function describeStack(config: Config, lock: ImageLock): Stack {
  const images = new Set<string>();
  const { address, https, http } = config.traefik.publish;
  const edge: Edge = { address, httpsPort: https, httpPort: http ?? undefined };
  const descriptions = describeComponents(config, {
    serverName: config.server_name,
    host: config.host,
    edge,
    image(tag) {
      images.add(tag);
      return lockedReference(tag, lock);
    },
  });
  const all = <Key extends keyof ComponentDescription>(key: Key) =>
    descriptions.flatMap((description) => description[key] as ComponentDescription[Key] & readonly unknown[]);
  const parts = {
    routes: all('routes') as ComponentDescription['routes'],
    databases: all('databases') as ComponentDescription['databases'],
    homeserver: joinSettings(descriptions.map(({ homeserver }) => homeserver)),
  };
  return {
    ...parts,
    project: projectName(config.server_name),
    serverName: config.server_name,
    host: config.host,
    edge,
    services: all('services') as ComponentDescription['services'],
    files: all('files') as readonly FileSpec[],
    secrets: all('secrets') as ComponentDescription['secrets'],
    data: all('data') as ComponentDescription['data'],
    checks: all('checks') as ComponentDescription['checks'],
    probes: all('probes') as ComponentDescription['probes'],
    provisions: descriptions.flatMap(({ provisions }) => provisions(parts)),
    images: [...images],
    roots: trustedRoots(config),
  };
}

function lockedReference(tag: string, lock: ImageLock): string {
  const digest = lock[tag];
  return digest === undefined ? tag : `${tag}@${digest}`;
}

/** Compose allows lower-case letters, digits, dashes and underscores in a project's name. */
function projectName(serverName: string): string {
  return `matrix-${serverName.replaceAll('.', '-')}`;
}

function joinSettings(all: readonly Settings[]): Settings {
  const joined: Record<string, Settings[string]> = {};
  for (const [key, value] of all.flatMap((settings) => Object.entries(settings))) {
    if (key in joined) {
      throw new Error(`two components set ${key} in homeserver.yaml`);
    }
    joined[key] = value;
  }
  return joined;
}

function trustedRoots({ traefik: { certificates } }: Config): string | undefined {
  return certificates.issuer === 'local' ? `secrets/${localAuthority}` : certificates.roots;
}
