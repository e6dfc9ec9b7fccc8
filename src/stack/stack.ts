import type { ComponentDescription, Delegation, FileSpec, Settings } from '../components/component.ts';
import {
  describeComponents,
  describeEdge,
  describeHomeserverOptions,
  describeHosts,
  describeRegistrations,
} from '../components/components.ts';
import { describeDelegation, withHosts } from '../components/delegation.ts';
import type { Edge } from '../components/edge.ts';
import { joinSettings } from '../components/homeserver-settings.ts';
import { generatedUses, type SecretUse, secretUses } from '../components/secret-reference.ts';
import type { Config } from '../config/schema.ts';
import { secretPath } from '../layout.ts';
import type { Predecessors } from './identity.ts';

/** The whole deployment as a value: the components' descriptions joined. */
export interface Stack
  extends Omit<ComponentDescription, 'derivedServices' | 'provisions' | 'dumps' | 'refills' | 'transfers'> {
  /** Name of the Compose project. */
  readonly project: string;
  readonly serverName: string;
  readonly host: string;
  readonly edge: Edge;
  readonly delegation: Delegation;
  readonly provisions: ReturnType<ComponentDescription['provisions']>;
  readonly dumps: ReturnType<ComponentDescription['dumps']>;
  readonly refills: ReturnType<ComponentDescription['refills']>;
  readonly transfers: ReturnType<ComponentDescription['transfers']>;
  /** By component, the part of the stack that belongs to it. */
  readonly components: Readonly<Record<string, ComponentShare>>;
  /** Tags of the images that it runs. */
  readonly images: readonly string[];
  /** Where the configuration names an operator's secret. */
  readonly secretUses: readonly SecretUse[];
}

/** The part of a stack that belongs to one component. */
type ComponentShare = Pick<ComponentDescription, 'services' | 'routes' | 'data'>;

/** By image tag, the digest that this deployment is locked to: `sha256:…`. */
export type ImageLock = Readonly<Record<string, string>>;

/** By name of a bundle, its path below the deployment directory. An empty bundle is absent. */
export type BundlePaths = Readonly<Record<string, string>>;

/**
 * Joins the descriptions of all components for a configuration: services, routes, files, secrets and the rest.
 *
 * @param bundles needed for what the services mount; nothing else depends on it
 * @param predecessors needed for the text of rendered files; nothing else depends on it
 */
export function describeStack(
  config: Config,
  lock: ImageLock,
  bundles: BundlePaths = {},
  predecessors: Predecessors = {},
): Stack {
  const images = new Set<string>();
  const edge = describeEdge(config);
  const delegation = withHosts(
    describeDelegation(config, edge),
    describeHosts(config).map(({ name }) => name),
  );
  const byName = describeComponents(config, {
    serverName: config.server_name,
    host: config.host,
    edge,
    delegation,
    homeserverOptions: describeHomeserverOptions(config),
    registrations: describeRegistrations(config),
    image(tag) {
      images.add(tag);
      return lockedReference(tag, lock);
    },
    databaseImage: () => lockedReference(config.postgres.image, lock),
    bundle: (name) => bundles[name],
    predecessors: (name) => predecessors[secretPath(name)] ?? [],
  });
  const descriptions = Object.values(byName);
  const all = <Key extends keyof ComponentDescription>(key: Key) =>
    descriptions.flatMap((description) => description[key] as ComponentDescription[Key] & readonly unknown[]);
  const parts = {
    routes: all('routes') as ComponentDescription['routes'],
    databases: all('databases') as ComponentDescription['databases'],
    homeserver: joinSettings(
      Object.entries(byName).map(([component, { homeserver }]) => ({ component, settings: homeserver })),
    ),
  };
  const secrets = all('secrets') as ComponentDescription['secrets'];
  refuseUnknown(secrets, describeHomeserverOptions(config));
  return {
    ...parts,
    project: projectName(config.server_name),
    serverName: config.server_name,
    host: config.host,
    edge,
    delegation,
    services: [
      ...(all('services') as ComponentDescription['services']),
      ...descriptions.flatMap(({ derivedServices }) => derivedServices(parts)),
    ],
    files: all('files') as readonly FileSpec[],
    secrets,
    bundles: all('bundles') as ComponentDescription['bundles'],
    certificates: all('certificates') as ComponentDescription['certificates'],
    data: all('data') as ComponentDescription['data'],
    caches: all('caches') as ComponentDescription['caches'],
    checks: all('checks') as ComponentDescription['checks'],
    probes: all('probes') as ComponentDescription['probes'],
    trials: all('trials') as ComponentDescription['trials'],
    sizes: all('sizes') as ComponentDescription['sizes'],
    expectations: all('expectations') as ComponentDescription['expectations'],
    callerRecords: all('callerRecords') as ComponentDescription['callerRecords'],
    provisions: descriptions.flatMap(({ provisions }) => provisions(parts)),
    dumps: descriptions.flatMap(({ dumps }) => dumps(parts)),
    refills: descriptions.flatMap(({ refills }) => refills(parts)),
    transfers: descriptions.flatMap(({ transfers }) => transfers(parts)),
    components: Object.fromEntries(
      Object.entries(byName).map(([name, { services, routes, data, derivedServices }]) => [
        name,
        { services: [...services, ...derivedServices(parts)], routes, data },
      ]),
    ),
    images: [...images],
    secretUses: secretUses(config),
    roots: all('roots') as ComponentDescription['roots'],
  };
}

/** Refuses settings with a generated secret that no component of the stack has. */
function refuseUnknown(secrets: ComponentDescription['secrets'], homeserverOptions: Settings): void {
  const unknown = generatedUses(homeserverOptions).find(
    ({ secret }) => !secrets.some(({ name }) => name === secret),
  );
  if (unknown !== undefined) {
    throw new Error(
      `${unknown.path.join('.')} contains the secret ${unknown.secret}, which no component has`,
    );
  }
}

const unlocked = new WeakMap<Config, Stack>();

/** The stack without digests of images, for callers that do not need them. Described once for each configuration. */
export function unlockedStack(config: Config): Stack {
  const stack = unlocked.get(config) ?? describeStack(config, {});
  unlocked.set(config, stack);
  return stack;
}

/** The reference of an image, with its digest if the deployment is locked to one. */
export function lockedReference(tag: string, lock: ImageLock): string {
  const digest = lock[tag];
  return digest === undefined ? tag : `${tag}@${digest}`;
}

const projectPrefix = 'matrix-';

/**
 * The name of a server's Compose project, which must not contain dots. DNS names contain no underscores, so that two
 * servers never have the same project.
 */
export function projectName(serverName: string): string {
  return projectPrefix + serverName.replaceAll('.', '_');
}

/** The server name of a project: the reverse of `projectName`. */
export function serverNameOf(project: string): string {
  return project.slice(projectPrefix.length).replaceAll('_', '.');
}
