import { parse } from 'yaml';

/** What is seen of a container in which a Traefik runs. */
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
  /** Its configuration file in the container, by path and text; absent where there is none. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Such as `3.7.15`; absent where it does not say. */
  readonly version?: string | undefined;
}

/** Its static configuration, as far as it matters to what is served through it. */
export interface ExistingTraefik
  extends Pick<SeenTraefik, 'container' | 'networks' | 'withOtherGateway' | 'version'> {
  readonly entryPoints: readonly EntryPoint[];
  readonly resolvers: readonly string[];
  /** Does it read the labels of containers? */
  readonly readsLabels: boolean;
  /** The network on which it looks for containers, where it is told. */
  readonly network: string | undefined;
  /** Which containers it takes only, as an expression about their labels. */
  readonly constraints: string | undefined;
  /** Path of a file that was not understood: then the rest may be incomplete. */
  readonly unread: string | undefined;
}

interface EntryPoint {
  readonly name: string;
  readonly port: number;
  readonly resolver: string | undefined;
  /** How long it reads a request, and writes an answer, in seconds; 0 for as long as it takes. */
  readonly readSeconds: number;
  readonly writeSeconds: number;
  /** Characters that it refuses in a path when they are percent-encoded, by Traefik's names: `slash`, `hash`. */
  readonly refuses: readonly string[];
}

/** Where Traefik looks for its file when it is told nothing, in this order (traefik/traefik, pkg/cli/loader_file.go). */
export const usualFiles = [
  '/etc/traefik/traefik.toml',
  '/etc/traefik/traefik.yaml',
  '/etc/traefik/traefik.yml',
];

/** Settings by their path in lower case, such as `entrypoints.web.address`: Traefik's three ways to write them are one then. */
type Settings = ReadonlyMap<string, string>;

/** The file that a Traefik is told to read; absent where it looks for the usual ones. */
export function configuredFile({ command }: Pick<SeenTraefik, 'command'>): string | undefined {
  return new Map(fromCommand(command)).get('configfile');
}

/**
 * Reads the static configuration of a Traefik from its file, else its command, else its environment: it takes the first of
 * these that is there, and nothing of the others (doc.traefik.io, "Configuration Introduction").
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

/** What Traefik's documentation names as percent-encoded characters that an entry point can refuse, and Matrix needs. */
const needed = { slash: '%2F', hash: '%23', percent: '%25', questionmark: '%3F', semicolon: '%3B' } as const;

/** As it is in a path: `%2F`. */
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
    // Its defaults since 2.11.2 and 3.0 (doc.traefik.io, "EntryPoints").
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

/** `--a.b=c`, `--a.b c` is not Traefik's; `--a.b` alone is true. */
function fromCommand(command: readonly string[]): [string, string][] {
  return command
    .filter((word) => word.startsWith('--'))
    .map((word) => {
      const [name = '', ...value] = word.slice(2).split('=');
      return [name.toLowerCase(), value.length === 0 ? 'true' : value.join('=')];
    });
}

/** `TRAEFIK_A_B=c`. */
function fromEnvironment(environment: readonly string[]): [string, string][] {
  return environment
    .filter((text) => text.startsWith('TRAEFIK_'))
    .map((text) => {
      const [name = '', ...value] = text.slice('TRAEFIK_'.length).split('=');
      return [name.toLowerCase().replaceAll('_', '.'), value.join('=')];
    });
}

/** @returns `undefined` for a file that is not understood, such as one of TOML */
function fromFile({ path, text }: { path: string; text: string }): Map<string, string> | undefined {
  if (!/\.ya?ml$/.test(path)) return undefined;
  try {
    return new Map(leaves(parse(text)));
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
  // `docker: {}` switches it on.
  return below.length === 0 && path !== '' ? [[path, 'true']] : below;
}

/** The entry point that the world reaches by https. */
export function publicEntryPoint({
  entryPoints,
}: Pick<ExistingTraefik, 'entryPoints'>): EntryPoint | undefined {
  return entryPoints.find(({ port }) => port === 443) ?? entryPoints.find(({ name }) => name === 'websecure');
}

/** The settings to be served by it, as far as they follow from its own. */
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
