import { posix } from 'node:path';
import type { Settings, SettingValue } from '../components/component.ts';
import type { NetworkName, Service } from '../components/service.ts';
import {
  aliasText,
  fullNetworkName,
  type NetworkFacts,
  namesOn,
  networkName,
  type RunningFact,
  type RunningFacts,
  runningFacts,
  withoutHost,
} from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';
import { composeService, hardening, networkDefinitions } from './compose.ts';

/** Where a stack runs. */
interface Place extends Pick<Stack, 'project' | 'edge'> {
  /** The deployment directory, absolute. */
  readonly directory: string;
}

/** A Compose setting in the engine's terms: which fact it decides, and how. */
type Translation = readonly [RunningFact, (value: SettingValue, place: Place) => readonly string[]];

const strings = (value: SettingValue) => (value as readonly string[]).map(String);
const entries = (value: SettingValue) => Object.entries(value as Settings);
const single = (value: SettingValue) => [String(value)];

const translations: Readonly<Record<string, Translation>> = {
  user: ['user', single],
  // Without an entrypoint, that of the image applies.
  entrypoint: ['program', (value) => (strings(value).length === 0 ? [] : [JSON.stringify(value)])],
  command: ['command', (command) => [JSON.stringify(command)]],
  environment: ['environment', (value) => entries(value).map(([name, text]) => `${name}=${text}`)],
  cap_drop: ['droppedCapability', strings],
  security_opt: ['security', (value) => strings(value).map((option) => option.replace(/:true$/, ''))],
  read_only: ['root', (value) => [value ? 'read-only' : 'writable']],
  volumes: [
    'mount',
    (value, { directory }) => (value as readonly Settings[]).map((mount) => mountText(mount, directory)),
  ],
  tmpfs: ['tmpfs', strings],
  networks: ['network', networksOf],
  network_mode: ['network', single],
  ports: ['port', (value) => strings(value).flatMap(portTexts)],
  mem_limit: ['memory', (value) => [String(bytesOf(String(value)))]],
  cpus: ['processor', (value) => [String(Math.round(Number(value) * 1e9))]],
  cpu_shares: ['weight', single],
  pids_limit: ['processes', single],
  dns_opt: ['name', strings],
  restart: ['restart', single],
  logging: ['log', (value) => [logText(value as Settings)]],
  labels: ['label', (value) => entries(value).map(([name, text]) => `${name}=${text}`)],
};

/**
 * Settings that are not compared with the engine's answer: images are compared by their IDs, and the others have no
 * fact.
 */
const unseen: ReadonlySet<string> = new Set(['image', 'healthcheck', 'depends_on', 'stop_grace_period']);

/** The facts that the engine must report about the container of a service, from the definition that is rendered. */
export function wantedFacts(service: Service, place: Place): RunningFacts {
  const wanted: Record<RunningFact, readonly string[]> = emptyFacts();
  const settings = Object.entries({ ...hardening(), ...composeService(service) });
  for (const [key, value] of settings.filter((entry) => entry[1] !== undefined)) {
    const translation = translations[key];
    if (translation !== undefined && value !== undefined) {
      const [fact, translate] = translation;
      wanted[fact] = translate(value, place);
    } else if (!unseen.has(key)) {
      throw new Error(`nothing tells how the engine shows ${key}`);
    }
  }
  const alias = service.networks.flatMap((network) =>
    namesOn(network, service).map((name) => aliasText(name, fullNetworkName(place, network))),
  );
  return { ...wanted, alias };
}

/** The stack's own networks, by their full names. */
export function wantedNetworks({
  project,
  edge,
}: Pick<Stack, 'project' | 'edge'>): Readonly<Record<string, NetworkFacts>> {
  return Object.fromEntries(
    Object.entries(networkDefinitions(edge)).flatMap(([name, definition]) => {
      // A foreign network may be defined in any way.
      if (definition.external === true) return [];
      const { driver = 'bridge', internal = false, enable_ipv6 = false, driver_opts = {} } = definition;
      const facts: NetworkFacts = {
        project,
        driver: String(driver),
        isInternal: internal === true,
        hasIpv6: enable_ipv6 === true,
        hasHost: (driver_opts as Settings)[withoutHost] !== 'true',
      };
      return [[networkName(project, name), facts] as const];
    }),
  );
}

/** Compose takes a list of names, or settings by name. */
function networksOf(value: SettingValue, place: Place): string[] {
  const names = Array.isArray(value) ? strings(value) : Object.keys(value as Settings);
  return names.map((name) => fullNetworkName(place, name as NetworkName));
}

function emptyFacts(): Record<RunningFact, readonly string[]> {
  return Object.fromEntries(Object.keys(runningFacts).map((fact) => [fact, []])) as unknown as Record<
    RunningFact,
    readonly string[]
  >;
}

function mountText({ source, target, read_only }: Settings, directory: string): string {
  return `${posix.join(directory, String(source))} at ${target}${read_only ? ' (read-only)' : ''}`;
}

/**
 * Translates what `portMapping` writes: the engine lists each port of a range, and has 0.0.0.0 for a port without an
 * address.
 */
function portTexts(port: string): string[] {
  const [, address = '0.0.0.0', published, last = published, target, protocol = 'tcp'] =
    /^(?:\[?(.*?)\]?:)?(\d+)(?:-(\d+))?:(\d+)(?:-\d+)?(?:\/(\w+))?$/.exec(port) ?? [];
  if (target === undefined) {
    throw new Error(`not a port that is published: ${port}`);
  }
  return Array.from(
    { length: Number(last) - Number(published) + 1 },
    (_, index) => `${address}:${Number(published) + index} to ${Number(target) + index}/${protocol}`,
  );
}

function logText({ driver, options }: Settings): string {
  const sorted = Object.entries((options ?? {}) as Settings)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return [driver, ...sorted].join(' ');
}

const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Compose's sizes, such as `512m`: in powers of 1024. */
function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}
