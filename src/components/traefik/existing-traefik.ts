import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';

/** What was observed of a container that runs a Traefik. */
export interface SeenTraefik {
  /** Name of the container. */
  readonly container: string;
  /** Its program with all arguments. */
  readonly command: readonly string[];
  readonly environment: readonly string[];
  /** Full names of the Docker networks that it is on. */
  readonly networks: readonly string[];
  /** Those of them whose gateway is not this host at the first address of the subnet. */
  readonly withOtherGateway: readonly string[];
  /** Path and text of its configuration file in the container. Absent when there is none. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Its version, such as `3.7.15`. Absent when it is not known. */
  readonly version?: string | undefined;
}

/** The static configuration of a Traefik, as far as it matters to our requests. */
export interface ExistingTraefik
  extends Pick<SeenTraefik, 'container' | 'networks' | 'withOtherGateway' | 'version'> {
  readonly entryPoints: readonly EntryPoint[];
  readonly resolvers: readonly string[];
  /** Whether it reads the labels of containers. */
  readonly readsLabels: boolean;
  /** The network on which it looks for containers; `undefined` if it is not configured. */
  readonly network: string | undefined;
  /** An expression about labels, to which it limits itself; `undefined` if it takes all containers. */
  readonly constraints: string | undefined;
  /** Path of a file that could not be parsed: the other properties may then be incomplete. */
  readonly unread: string | undefined;
}

interface EntryPoint {
  readonly name: string;
  readonly port: number;
  readonly resolver: string | undefined;
  /** The time limits for reading a request and for writing an answer, in seconds; 0 for none. */
  readonly readSeconds: number;
  readonly writeSeconds: number;
  /** Characters that it refuses in a path when they are percent-encoded, by Traefik's names: `slash`, `hash`. */
  readonly refuses: readonly string[];
}

/** The endings of the names of its file, in the order in which Traefik looks for them. */
const extensions = ['toml', 'yaml', 'yml'];

/**
 * Settings by their path in lower case, such as `entrypoints.web.address`, which is the same for the three ways to
 * configure Traefik.
 */
type Settings = ReadonlyMap<string, string>;

/**
 * The paths of which Traefik reads the first one that exists (traefik/traefik, pkg/cli/loader_file.go): the configured
 * one, else the usual ones. Its image names no home and no working directory: these are `/root` and `/`.
 */
export function configurationFiles({
  command,
  environment,
}: Pick<SeenTraefik, 'command' | 'environment'>): string[] {
  const configured = new Map(fromCommand(command)).get('configfile');
  if (configured !== undefined) return [configured];
  const variable = (name: string) =>
    environment.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
  const directories = [
    '/etc/traefik',
    ...[variable('XDG_CONFIG_HOME')].filter((directory) => directory !== undefined),
    `${variable('HOME') ?? '/root'}/.config`,
    '',
  ];
  return directories.flatMap((directory) =>
    extensions.map((extension) => `${directory}/traefik.${extension}`),
  );
}

/**
 * Reads the static configuration of a Traefik from its file, its command or its environment. Traefik uses the first
 * of these that exists, and ignores the others (doc.traefik.io, "Configuration Introduction").
 */
export function readTraefik(seen: SeenTraefik): ExistingTraefik {
  const flags = fromCommand(seen.command);
  const withoutFile = flags.length > 0 ? flags : fromEnvironment(seen.environment);
  const read = seen.file === undefined ? new Map(withoutFile) : fromFile(seen.file);
  const settings: Settings = read ?? new Map();
  const namesBelow = (section: string) => [
    ...new Set(
      [...settings.keys()]
        .filter((key) => key.startsWith(`${section}.`))
        .map((key) => key.split('.')[1] ?? ''),
    ),
  ];
  const { container, networks, withOtherGateway, version } = seen;
  return {
    container,
    networks,
    withOtherGateway,
    version,
    entryPoints: namesBelow('entrypoints').map((name) => entryPoint(name, settings)),
    resolvers: namesBelow('certificatesresolvers'),
    readsLabels: [...settings.entries()].some(
      ([key, value]) =>
        /^providers\.docker(\.|$)/.test(key) && !(key === 'providers.docker' && value === 'false'),
    ),
    network: settings.get('providers.docker.network'),
    constraints: settings.get('providers.docker.constraints'),
    unread: read === undefined ? seen.file?.path : undefined,
  };
}

/** The percent-encoded characters that an entry point can refuse (Traefik's documentation), and that Matrix needs. */
const needed = { slash: '%2F', hash: '%23', percent: '%25', questionmark: '%3F', semicolon: '%3B' } as const;

/** The encoded character in a path, such as `%2F`. */
export function encodedCharacter(name: string): string {
  return needed[name as keyof typeof needed];
}

function entryPoint(name: string, settings: Settings): EntryPoint {
  const get = (key: string) => settings.get(`entrypoints.${name}.${key}`);
  const timeout = (key: string, usual: number) =>
    secondsOf(get(`transport.respondingtimeouts.${key}`)) ?? usual;
  return {
    name,
    port: Number(/:(\d+)/.exec(get('address') ?? '')?.[1] ?? 0),
    resolver: get('http.tls.certresolver'),
    // The defaults of Traefik since 2.11.2 and 3.0 (doc.traefik.io, "EntryPoints").
    readSeconds: timeout('readtimeout', 60),
    writeSeconds: timeout('writetimeout', 0),
    refuses: Object.keys(needed).filter(
      (character) => get(`http.encodedcharacters.allowencoded${character}`) === 'false',
    ),
  };
}

const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** A duration as Go writes it, such as `1h30m`; a number alone is seconds. */
function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/([\d.]+)(ms|h|m|s)/g)];
  return parts.length === 0
    ? undefined
    : parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0);
}

/** Reads `--a.b=c`, and `--a.b` alone as true. Traefik does not support `--a.b c`. */
function fromCommand(command: readonly string[]): [string, string][] {
  return command
    .filter((word) => word.startsWith('--'))
    .map((word) => {
      const [name = '', ...value] = word.slice(2).split('=');
      return [name.toLowerCase(), value.length === 0 ? 'true' : value.join('=')];
    });
}

/** Reads `TRAEFIK_A_B=c`. */
function fromEnvironment(environment: readonly string[]): [string, string][] {
  return environment
    .filter((text) => text.startsWith('TRAEFIK_'))
    .map((text) => {
      const [name = '', ...value] = text.slice('TRAEFIK_'.length).split('=');
      return [name.toLowerCase().replaceAll('_', '.'), value.join('=')];
    });
}

/** @returns `undefined` for a file that cannot be parsed, or whose name does not end as Traefik requires */
function fromFile({ path, text }: { path: string; text: string }): Map<string, string> | undefined {
  const [, language] = /\.(toml|ya?ml)$/.exec(path) ?? [];
  if (language === undefined) return undefined;
  try {
    return new Map(leaves(language === 'toml' ? parseToml(text) : parseYaml(text)));
  } catch {
    return undefined;
  }
}

function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return path === '' ? [] : [[path, String(value ?? 'true')]];
  }
  const below = Object.entries(value).flatMap(([name, child]) =>
    leaves(child, path === '' ? name.toLowerCase() : `${path}.${name.toLowerCase()}`),
  );
  // An empty section turns its feature on, such as `docker: {}`.
  return below.length === 0 && path !== '' ? [[path, 'true']] : below;
}

/** The entry point for HTTPS requests from outside. */
export function publicEntryPoint({
  entryPoints,
}: Pick<ExistingTraefik, 'entryPoints'>): EntryPoint | undefined {
  return entryPoints.find(({ port }) => port === 443) ?? entryPoints.find(({ name }) => name === 'websecure');
}

/** Defaults for the settings of an existing Traefik, as far as they follow from its own configuration. */
export function existingTraefikDefaults(found: ExistingTraefik): {
  network: string | undefined;
  entryPoint: string | undefined;
  resolver: string | undefined;
} {
  const { network, networks, withOtherGateway, resolvers } = found;
  const entry = publicEntryPoint(found);
  const unusable = ['bridge', 'host', 'none', ...withOtherGateway];
  const usable = networks.filter((name) => !unusable.includes(name));
  return {
    network: usable.find((name) => name === network) ?? usable[0],
    entryPoint: entry?.name,
    resolver: entry?.resolver === undefined && resolvers.length > 0 ? resolvers[0] : undefined,
  };
}
