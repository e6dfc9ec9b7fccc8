import { bracketed } from '../identifiers/host-name.ts';
import type { FailureKnowledge } from './failure.ts';
import type { Probe } from './questions.ts';
import type { Warning } from './warning.ts';

/** One container, in our words. How it is hardened is not its choice: render/compose.ts does it to all alike. */
export interface Service {
  readonly name: string;
  /** One line for the reader of docker-compose.yml. */
  readonly summary: string;
  readonly image: string;
  readonly user: Owner;
  /** In place of the image's own. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly Tmpfs[];
  /** Without any, it reaches nobody, and nobody reaches it. */
  readonly networks: readonly NetworkName[];
  /** A second name, which no other container has; on `foreign` the one that counts. */
  readonly foreignName?: string | undefined;
  /** Of its container, for other programs to read. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  /** Run by the engine inside the container, for `docker ps`; our own waiting uses probes. Empty for none. */
  readonly health: readonly string[];
  readonly memory: string;
  /** Processors that it may use at most, such as 1.5; absent for as many as there are. */
  readonly cpus?: number | undefined;
  readonly pids: number;
  readonly stopGraceSeconds: number;
  /** Services that it uses, and so must wait for by itself, because it may be started first. It is stopped before them. */
  readonly needs: readonly string[];
  /** How it gets requests again after another container has come in its place; at once where there is no gate. */
  readonly gate?: Gate;
  /** What stops working while it is down: a clause, as in "while it is down, nobody can log in". */
  readonly whenDown: string;
  /** What clients see while its container is replaced, where that is not what they see when it is down: the rest of a sentence about the service. */
  readonly whileReplaced?: string;
  /** Are names without a dot those of services only, and never asked for outside? */
  readonly asksServicesOnly?: boolean;
  readonly failures: FailureKnowledge;
  /** What is to be said of its image on the data that another image has left; `undefined` where nothing is. */
  succeeds?(before: string): Succession | undefined;
}

/**
 * A service that is replaced while requests wait for it: nobody finds its new container before that has been seen to work.
 */
export interface Gate {
  /** The network by which requests come: the new container is not on it until then. */
  readonly network: NetworkName;
  /** What has to pass before, inside the container. */
  readonly probes: readonly Probe[];
}

/** A change of image that does not work, or not as meant. */
export interface Succession extends Warning {
  readonly verdict: 'refused' | 'warning';
  /** What to do about one that is refused. */
  readonly remedy?: string;
}

/**
 * `data` reaches no network but its own; `web` is where the proxy meets what it serves; `foreign` is the network of a proxy
 * that is not ours (`OtherProxy`).
 */
export type NetworkName = 'data' | 'web' | 'foreign';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Mount {
  /** Path below the deployment directory. */
  readonly source: string;
  readonly target: string;
  readonly writable?: boolean;
  /** Does the engine make an empty directory, as root, where there is none? Else it is an error. */
  readonly optional?: boolean;
}

export interface Tmpfs {
  readonly target: string;
  readonly sizeMegabytes: number;
  readonly mode: number;
  readonly owner?: Owner;
}

export interface PublishedPort {
  /** Absent for every address of the host, of IPv4 and of IPv6. */
  readonly address?: string | undefined;
  readonly published: number;
  readonly target: number;
  /** Absent for TCP. */
  readonly protocol?: 'udp' | undefined;
  /** How many ports in a row, those of the container beside those of the host; one when absent. */
  readonly count?: number | undefined;
}

/** The ports of the host that are published, one by one. */
export function publishedNumbers({
  published,
  count = 1,
}: Pick<PublishedPort, 'published' | 'count'>): number[] {
  return Array.from({ length: count }, (_, index) => published + index);
}

/** Published ports as people write them, such as `443` or `49160-49179/udp`. */
export function portName({ published, count = 1, protocol }: Omit<PublishedPort, 'target'>): string {
  return `${rangeOf(published, count)}${protocol === undefined ? '' : `/${protocol}`}`;
}

/** The same with the address, where it is not published on all of them. */
export function portPlace({ address, ...port }: PublishedPort): string {
  return `${address === undefined ? '' : `${bracketed(address)}:`}${portName(port)}`;
}

/** A published port in Compose's short form. */
export function portMapping({ address, published, target, protocol, count = 1 }: PublishedPort): string {
  const ports = `${rangeOf(published, count)}:${rangeOf(target, count)}`;
  const host = address === undefined ? '' : `${bracketed(address)}:`;
  return `${host}${ports}${protocol === undefined ? '' : `/${protocol}`}`;
}

function rangeOf(first: number, count: number): string {
  return count === 1 ? String(first) : `${first}-${first + count - 1}`;
}

/** A container that runs once, hardened like the services; it has no network unless it asks for some. */
export interface Job {
  readonly image: string;
  readonly user: Owner;
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly Tmpfs[];
  /** Group IDs beside the user's own. */
  readonly groups?: readonly number[];
  /** The project's networks that it is on; `outward` is the engine's own, on which nothing of the project is. */
  readonly networks?: readonly (NetworkName | 'outward')[];
  /** What it calls its host; a random name when absent. */
  readonly hostname?: string;
  /** It is killed when it uses more. */
  readonly memoryMegabytes?: number;
  /** Its share of a busy processor, where a program of the host has 1024 and a service 512; 1024 when absent. */
  readonly processorWeight?: number;
}

/** A command in a container; what is secret goes through `input`, never through the arguments. */
export interface Exec {
  readonly command: readonly string[];
  readonly input?: string;
}

/** A user as the engine writes it. */
export function ownerText({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

/** Mount options of a tmpfs as the engine writes them; never executable. */
export function tmpfsOptions({ sizeMegabytes, mode, owner }: Tmpfs): string {
  const ownership = owner === undefined ? '' : `,uid=${owner.uid},gid=${owner.gid}`;
  return `mode=${mode.toString(8).padStart(4, '0')},size=${sizeMegabytes}m,noexec,nosuid,nodev${ownership}`;
}
