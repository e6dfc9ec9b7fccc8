import type { Exec, Job, Owner } from '../components/service.ts';
import type { ContainerFacts, FoundNetwork, RunningFact, SeenFacts } from '../stack/running.ts';
import type { OutputStream } from './output.ts';

/** What to do about an engine that is on another machine. */
export const remoteEngineRemedy =
  'Run matrix-deploy on that machine: the containers mount files of the host.';

/** Where an engine keeps its data that cannot be asked. */
export const usualDataRoot = '/var/lib/docker';

/** What the engine is asked for: reads, one-off containers and commands in running ones. Compose converges services. */
export interface Engine {
  /** The same engine, whose calls end when this signal fires, and not by the one that it was connected with. */
  until(signal: AbortSignal): Engine;
  version(): Promise<EngineVersion>;
  /** Where it keeps images and the rest of its data, on its own host. */
  dataRoot(): Promise<string>;
  /** Does it pull images through a mirror or a proxy of its settings? */
  pullsIndirectly(): Promise<boolean>;
  /** The TCP ports that running containers publish, of whatever project they are. */
  publishers(): Promise<Publisher[]>;
  /** The image's digest in its registry; `null` for one that came from none, `undefined` when it is not on this host. */
  imageDigest(reference: string): Promise<string | null | undefined>;
  /** What an image on this host is, whatever it is called: `sha256:…`; `undefined` when it is not here. */
  imageId(reference: string): Promise<string | undefined>;
  /** @param onBytes how much of the layers has arrived, of how much is known. */
  pull(reference: string, onBytes?: (done: number, total: number) => void): Promise<void>;
  containers(project: string): Promise<ContainerFacts[]>;
  inspect(id: string): Promise<ContainerHealth>;
  /** What a running container uses; `undefined` where the engine does not tell. */
  memory(id: string): Promise<ContainerMemory | undefined>;
  /** What a container is while it runs, as it was made and changed since. */
  running(id: string): Promise<SeenFacts>;
  /** A network by its full name; `undefined` where there is none. */
  network(name: string): Promise<FoundNetwork | undefined>;
  /** The limits that this host's kernel does not let the engine keep: it leaves them out, with a warning. */
  limitsNotKept(): Promise<readonly RunningFact[]>;
  /** How many processors it can limit containers to: those of the host, or none where the kernel cannot limit them. */
  processors(): Promise<number>;
  /** Creates an empty volume with labels; one of this name that is there already stays as it is. */
  createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** The labels of a volume; `undefined` where there is none. */
  volumeLabels(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Removes a volume that no container uses; nothing to do where there is none. */
  removeVolume(name: string): Promise<void>;
  /** Puts a container on a network, running or not, where others find it by these names. */
  joinNetwork(name: string, container: string, aliases: readonly string[]): Promise<void>;
  /** Takes a container off a network, running or not. */
  leaveNetwork(name: string, container: string): Promise<void>;
  /** Removes a network; containers that are connected to it are disconnected first. */
  removeNetwork(name: string): Promise<void>;
  /**
   * The last lines of a container's output, both streams.
   *
   * @param since older ones are left out: a container keeps what it said before it was started again
   */
  logs(id: string, lines: number, since?: Date): Promise<string[]>;
  /** How a container ended since then, however often: a restart clears what `inspect` says of it. */
  endings(id: string, since: Date): Promise<Endings>;
  /** Seconds of processor time that a container has used since it was started. */
  processorSeconds(id: string): Promise<number>;
  /** Does it show user IDs of containers as others on the host (user namespaces, rootless)? */
  mapsUsers(): Promise<boolean>;
  exec(id: string, exec: Exec): Promise<ExecResult>;
  /** Runs a container to its end. `output` is both streams. */
  run(job: MountedJob): Promise<{ exitCode: number; output: string }>;
  /** Runs a container that may take as long as it likes to its end, and tells what it writes meanwhile. */
  follow(job: MountedJob, session?: JobSession): Promise<{ exitCode: number }>;
  /** Starts a container that runs to its end by itself, and is removed then. */
  launch(job: MountedJob): Promise<void>;
  /** Does a one-off container of a project run? */
  hasJob(project: string): Promise<boolean>;
  /** Makes directories below an existing one, with owners that the caller need not be allowed to set. */
  makeDirectories(request: DirectoriesRequest): Promise<void>;
  /** Mode of a file that the caller may not be allowed to see, through a container that mounts it; `undefined` where there is none. */
  fileMode(id: string, path: string): Promise<number | undefined>;
  /** The text of a file of a container, through a link too; `undefined` where there is none. */
  readFile(id: string, path: string): Promise<string | undefined>;
  /** Puts a small file into a directory that a container mounts for writing; the caller need not be allowed to look into it on the host. */
  putFile(id: string, directory: string, file: OwnedFile): Promise<void>;
  setFileMode(id: string, path: string, mode: number): Promise<void>;
  /** Removes the one-off containers of a project, whatever they are doing. */
  removeJobs(project: string): Promise<void>;
  /** Removes those that a killed run has left: the process that followed them is gone. What was launched runs to its end. */
  removeAbandonedJobs(project: string): Promise<void>;
  /** Starts a container; one that runs already stays as it is. */
  start(id: string): Promise<void>;
  restart(id: string): Promise<void>;
  /**
   * Ends a container; it stays, with its log. One that has ended already stays as it is.
   *
   * @param graceSeconds how long it may take to end by itself; none when absent
   */
  stop(id: string, graceSeconds?: number): Promise<void>;
  /** Removes a container, running or not; it is gone then. */
  remove(id: string): Promise<void>;
}

export interface EngineVersion {
  /** `Docker`, or what else answers in its way, such as `Podman`. */
  readonly product: string;
  readonly version: string;
}

export interface Publisher {
  readonly id: string;
  /** As it was named when the container was made. */
  readonly image: string;
  /** Name of the container. */
  readonly container: string;
  /** The directory that Compose started it from; empty when it was not Compose. */
  readonly directory: string;
  /** The project of Compose that it belongs to; empty when it was not Compose. */
  readonly project: string;
  readonly address: string;
  readonly port: number;
  /** Absent for TCP. */
  readonly protocol?: 'udp' | undefined;
}

export interface ContainerMemory {
  /** Without what the kernel can take back at once. */
  readonly usedBytes: number;
  /** The host's memory where it has no limit. */
  readonly limitBytes: number;
}

export interface ContainerHealth {
  /** As it was named when the container was made: with the digest where it was locked to one. */
  readonly image: string;
  /** What it is, whatever it is called now: `sha256:…`. */
  readonly imageId: string;
  /** The engine's file with its output, on the engine's host; older ones are beside it as `.1` and on. Empty when there is none. */
  readonly logPath: string;
  /** The engine's word, as in `ContainerFacts`. */
  readonly state: string;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
  /** Was it killed for using more memory than its limit? */
  readonly outOfMemory: boolean;
  readonly exitCode: number;
  readonly restarts: number;
  readonly startedAt: string;
  readonly health: string | undefined;
}

export interface Endings {
  /** Of the last one; `undefined` when there was none. */
  readonly exitCode: number | undefined;
  /** Was any of them for using more memory than its limit? */
  readonly outOfMemory: boolean;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A job whose mounts are absolute paths on the host; the label lets a later run find what a killed one left. */
export interface MountedJob extends Omit<Job, 'mounts'> {
  readonly project: string;
  readonly mounts: readonly { source: string; target: string; writable?: boolean; optional?: boolean }[];
  /** Made before it runs; among what it mounts. */
  readonly made?: NewDirectories;
}

/** What is exchanged with a one-off container while it runs. */
export interface JobSession {
  /** All of its standard input, which is empty when this is absent. */
  readonly input?: string | Uint8Array;
  /** Ends the program before its time when this fires: it is asked to, and killed seconds later. */
  readonly stop?: AbortSignal;
  /** Told of each line that it writes, without its end. */
  onLine?(text: string, stream: OutputStream): void;
}

export interface NewDirectories {
  /** Existing directory on the host. */
  readonly parent: string;
  readonly directories: readonly OwnedDirectory[];
}

export interface DirectoriesRequest extends NewDirectories {
  readonly project: string;
  /** Any image that is on the host: nothing of it runs. */
  readonly image: string;
}

export interface OwnedFile extends OwnedDirectory {
  readonly text: string;
}

export interface OwnedDirectory {
  /** Below the parent, with slashes. */
  readonly path: string;
  readonly owner: Owner;
  readonly mode: number;
}
