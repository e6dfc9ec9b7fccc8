import { bracketed } from '../identifiers/host-name.ts';
import type { FailureKnowledge } from './failure.ts';
import type { Probe } from './questions.ts';
import type { Warning } from './warning.ts';

/** One container. How it is hardened is not part of this: render/compose.ts hardens all services alike. */
export interface Service {
  readonly name: string;
  /** One line for the reader of docker-compose.yml. */
  readonly summary: string;
  readonly image: string;
  readonly user: Owner;
  /** Replaces the entry point of the image. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly Tmpfs[];
  /** Without any, it has no access to other services, nor they to it. */
  readonly networks: readonly NetworkName[];
  /** A second, unique name. On `foreign`, only this one is reliable: `name` may be that of another container. */
  readonly foreignName?: string | undefined;
  /** Labels of its container, for other programs to read. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  /**
   * Command that the engine runs in the container, for `docker ps`; matrix-deploy itself waits for probes. Empty for
   * none.
   */
  readonly health: readonly string[];
  readonly memory: string;
  /** Limit of processors, such as 1.5. Absent when it may use all. */
  readonly cpus?: number | undefined;
  readonly pids: number;
  readonly stopGraceSeconds: number;
  /**
   * Services that it uses. It may be started before them and must wait for them by itself; it is stopped before them.
   */
  readonly needs: readonly string[];
  /** How a new container of the service gets requests after a replacement. Absent when it gets them at once. */
  readonly gate?: Gate;
  /** What stops working while it is down: a clause, as in "while it is down, nobody can log in". */
  readonly whenDown: string;
  /**
   * What clients see while its container is replaced: the rest of a sentence about the service. Absent when it is
   * what they see while the service is down.
   */
  readonly whileReplaced?: string;
  /** Whether a name without a dot is always a service, and never looked up outside. */
  readonly asksServicesOnly?: boolean;
  readonly failures: FailureKnowledge;
  /** Judges its image on the data that another image has left; `undefined` if there is nothing to say. */
  succeeds?(before: string): Succession | undefined;
}

/** How a service is replaced while requests wait: its new container gets none before its probes have passed. */
export interface Gate {
  /** The network that requests come from. The new container is not on it until the probes have passed. */
  readonly network: NetworkName;
  /** The probes that have to pass before, in the container. */
  readonly probes: readonly Probe[];
}

/** A change of image that does not work, or not as intended. */
export interface Succession extends Warning {
  readonly verdict: 'refused' | 'warning';
  /** What to do if it is refused. */
  readonly remedy?: string;
}

/**
 * `data` gives access to no other network; on `web`, the proxy reaches the services behind it; `foreign` is the
 * network of a proxy that is not ours (`OtherProxy`).
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
  /** Whether the engine creates an empty directory, owned by root, if there is none. Otherwise that is an error. */
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
  /** Number of consecutive ports, the same on the host and in the container. Absent for one. */
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

/** The same, with the address if the port is published on one address only. */
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
  /** Additional group IDs of the user. */
  readonly groups?: readonly number[];
  /**
   * The networks of the project that it is on; `outward` is the default network of the engine, on which the project
   * has no service.
   */
  readonly networks?: readonly (NetworkName | 'outward')[];
  /** Hostname of the container. Absent for a random one. */
  readonly hostname?: string;
  /** Memory limit: it is killed when it uses more. */
  readonly memoryMegabytes?: number;
  /**
   * Its share of a busy processor, relative to 1024 for a program of the host and 512 for a service. Absent for 1024.
   */
  readonly processorWeight?: number;
}

/** A command in a container. Secrets go through `input`, never through the arguments. */
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
