import type { NetworkName, Service } from '../components/service.ts';
import type { Stack } from './stack.ts';

/**
 * The facts about a running container that our guarantees depend on. Rendered and observed facts are in the same
 * format, so that they can be compared. Each fact is a list, with one item for a single value.
 */
export type RunningFacts = Readonly<Record<RunningFact, readonly string[]>>;

/** The facts about a container in the engine's list. */
export interface ContainerFacts {
  readonly id: string;
  readonly service: string;
  /** The engine's word: created, running, restarting, exited, paused, dead. */
  readonly state: string;
  /** The engine's sentence, such as "Up 2 hours (healthy)". */
  readonly status: string;
  readonly image: string;
  /** ID of its image, whatever tag the image has now: `sha256:…`. */
  readonly imageId: string;
  /** The deployment directory that it was started from. */
  readonly directory: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By the name of a network, the container's address on it while it runs. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** The facts about a container in the engine's answer about this container alone. */
export interface SeenFacts {
  /** The true state: that in the engine's list may be out of date, if the disk was full when the container ended. */
  readonly state: string;
  /** When it was last started, also by the engine after a crash. */
  readonly startedAt: string;
  readonly facts: RunningFacts;
}

/**
 * The containers of the engine's list with the states and the times of start in `seen`, which has them by container
 * ID. So a container that has stopped, but runs according to the list, is noticed when its facts are read.
 * `listContainers` in docker/ handles the opposite case.
 */
export function asSeen<Container extends { readonly id: string; readonly state: string }>(
  containers: readonly Container[],
  seen: Readonly<Record<string, SeenFacts>>,
): (Container & { readonly startedAt: string | undefined })[] {
  return containers.map((container) => ({
    ...container,
    state: seen[container.id]?.state ?? container.state,
    startedAt: seen[container.id]?.startedAt,
  }));
}

/** The facts alone, by the containers' IDs. */
export function factsOf(seen: Readonly<Record<string, SeenFacts>>): Record<string, RunningFacts> {
  return Object.fromEntries(Object.entries(seen).map(([id, { facts }]) => [id, facts]));
}

/** The name of each fact in messages, as in "capability NET_ADMIN added". */
export const runningFacts = {
  user: 'user',
  group: 'group',
  program: 'program',
  command: 'command',
  environment: 'variable',
  privilege: 'privilege',
  capability: 'capability',
  droppedCapability: 'dropped capability',
  security: 'security option',
  root: 'root file system',
  namespace: 'namespace',
  device: 'device',
  mount: 'mount',
  tmpfs: 'tmpfs',
  network: 'network',
  alias: 'name',
  port: 'port',
  name: 'name to address',
  memory: 'memory limit in bytes',
  processes: 'limit of processes',
  processor: 'processor limit',
  weight: 'processor weight',
  kernel: 'kernel setting',
  restart: 'restart policy',
  log: 'log',
  label: 'label',
} as const;

export type RunningFact = keyof typeof runningFacts;

/** The facts about a network that determine which containers and hosts can reach each other. */
export interface NetworkFacts {
  /** The Compose project that created it; empty if Compose did not create it. */
  readonly project: string;
  readonly driver: string;
  /** Whether its containers cannot reach anything outside of it. */
  readonly isInternal: boolean;
  readonly hasIpv6: boolean;
  /** Whether the host has an address on it, so that the host and the containers can reach each other. */
  readonly hasHost: boolean;
}

/** The option of a bridge that keeps the host from having an IPv4 address on it (moby/moby, drivers/bridge/labels.go). */
export const withoutHost = 'com.docker.network.bridge.inhibit_ipv4';

/** A container's name on a network, as text of the fact `alias`. */
export function aliasText(alias: string, network: string): string {
  return `${alias} on ${network}`;
}

/** The full name of a network of a stack. */
export function fullNetworkName(
  { project, edge: { behind } }: Pick<Stack, 'project' | 'edge'>,
  network: NetworkName,
): string {
  if (network !== 'foreign') return networkName(project, network);
  if (behind?.kind !== 'traefik') throw new Error('no proxy of somebody else has a network for this stack');
  return behind.network;
}

/**
 * The names of a service on a network. Its own name, which Compose adds in any case, is included only for networks of
 * the stack.
 */
export function namesOn(
  network: NetworkName,
  { name, foreignName }: Pick<Service, 'name' | 'foreignName'>,
): string[] {
  return [...(network === 'foreign' ? [] : [name]), ...(foreignName === undefined ? [] : [foreignName])];
}

/** The full name of a project's network, by Compose's rule. */
export function networkName(project: string, network: string): string {
  return `${project}_${network}`;
}

/** The facts about an existing network. */
export interface FoundNetwork extends NetworkFacts {
  /** Whether the host is the gateway, at the first address of the subnet, which is the engine's default. */
  readonly hasUsualGateway: boolean;
  /** The running containers on it. */
  readonly containers: readonly { readonly id: string; readonly name: string }[];
}

/**
 * Whether a container has stopped, and the engine does not start it again.
 *
 * @param state the engine's word for it
 */
export function hasEnded(state: string): boolean {
  return state === 'exited' || state === 'dead';
}

/**
 * What a state means, as the rest of a sentence that begins with "the container".
 *
 * @param state the engine's word for it: created, restarting, exited, paused, dead
 */
export function describeState(state: string): string {
  return { exited: 'has stopped', dead: 'has stopped, and could not be removed' }[state] ?? `is ${state}`;
}
