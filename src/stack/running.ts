import type { NetworkName, Service } from '../components/service.ts';
import type { Stack } from './stack.ts';

/**
 * What a container is while it runs, as far as it matters to what we promise: what is rendered and what the engine tells,
 * in the same words. Each fact is a list; where there is but one value it has one item.
 */
export type RunningFacts = Readonly<Record<RunningFact, readonly string[]>>;

/** What the engine lists of a container. */
export interface ContainerFacts {
  readonly id: string;
  readonly service: string;
  /** The engine's word: created, running, restarting, exited, paused, dead. */
  readonly state: string;
  /** The engine's sentence, such as "Up 2 hours (healthy)". */
  readonly status: string;
  readonly image: string;
  /** What its image is, whatever it is called now: `sha256:…`. */
  readonly imageId: string;
  /** The deployment directory that it was started from. */
  readonly directory: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By the name of a network, the container's address on it while it runs. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** What the engine tells of a container when it is asked about this one. */
export interface SeenFacts {
  /** As it is: the engine's list may be behind, where the disk was full when the container ended. */
  readonly state: string;
  readonly facts: RunningFacts;
}

/**
 * Containers of the engine's list with the states that the engine told when it was asked about each, by its ID. So one that
 * has stopped, and runs by the list, is noticed where its facts are read; the other way round, `listContainers` in docker/ asks.
 */
export function asSeen<Container extends { readonly id: string; readonly state: string }>(
  containers: readonly Container[],
  seen: Readonly<Record<string, SeenFacts>>,
): Container[] {
  return containers.map((container) => ({
    ...container,
    state: seen[container.id]?.state ?? container.state,
  }));
}

/** The facts alone, by the containers' IDs. */
export function factsOf(seen: Readonly<Record<string, SeenFacts>>): Record<string, RunningFacts> {
  return Object.fromEntries(Object.entries(seen).map(([id, { facts }]) => [id, facts]));
}

/** Each fact with the words for it: "capability NET_ADMIN added". */
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

/** A network, as far as it decides who reaches whom. */
export interface NetworkFacts {
  /** The Compose project that made it; empty where it was not Compose. */
  readonly project: string;
  readonly driver: string;
  /** Is there no way out of it? */
  readonly isInternal: boolean;
  readonly hasIpv6: boolean;
  /** Has the host an address on it, by which it reaches the containers, and they it? */
  readonly hasHost: boolean;
}

/** The option of a bridge that keeps the host from having an IPv4 address on it (moby/moby, drivers/bridge/labels.go). */
export const withoutHost = 'com.docker.network.bridge.inhibit_ipv4';

/** A name by which a container is found on a network. */
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

/** The names by which a service is found on a network. Its own, which Compose gives it anyway, only where that is nobody else's. */
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

/** A network as it is found. */
export interface FoundNetwork extends NetworkFacts {
  /** Is the host the gateway of its containers, at the first address of the subnet, as the engine does it by itself? */
  readonly hasUsualGateway: boolean;
  /** The containers on it that run. */
  readonly containers: readonly { readonly id: string; readonly name: string }[];
}

/**
 * Has a container stopped, and the engine does not start it again?
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
