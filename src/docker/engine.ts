import type { Exec, Job, Owner } from '../components/service.ts';
import type { ContainerFacts, FoundNetwork, RunningFact, SeenFacts } from '../stack/running.ts';
import type { OutputStream } from './output.ts';

/** What to do about an engine that is on another machine. */
export const remoteEngineRemedy =
  'Run matrix-deploy on that machine: the containers mount files of the host.';

/** The data directory to assume when the engine cannot be asked for its own. */
export const usualDataRoot = '/var/lib/docker';

/** The requests to the engine: reads, one-off containers and commands in running ones. Compose converges services. */
export interface Engine {
  /** The same engine, whose calls end when this signal fires, in place of the signal that it was connected with. */
  until(signal: AbortSignal): Engine;
  version(): Promise<EngineVersion>;
  /** Where it keeps images and the rest of its data, on its own host. */
  dataRoot(): Promise<string>;
  /** Whether its settings make it pull images through a mirror or a proxy. */
  pullsIndirectly(): Promise<boolean>;
  /** The TCP and UDP ports that running containers publish, of all projects. */
  publishers(): Promise<Publisher[]>;
  /** The image's digest in its registry; `null` for one that came from none, `undefined` when it is not on this host. */
  imageDigest(reference: string): Promise<string | null | undefined>;
  /** The ID of an image on this host, whatever its name: `sha256:…`; `undefined` when it is not here. */
  imageId(reference: string): Promise<string | undefined>;
  /** @param onBytes gets how many bytes of the layers have arrived, and how many of them are known of so far. */
  pull(reference: string, onBytes?: (done: number, total: number) => void): Promise<void>;
  containers(project: string): Promise<ContainerFacts[]>;
  inspect(id: string): Promise<ContainerHealth>;
  /** What a running container uses; `undefined` where the engine does not tell. */
  memory(id: string): Promise<ContainerMemory | undefined>;
  /** The state and the facts of a container, as it was created and changed since. */
  running(id: string): Promise<SeenFacts>;
  /** A network by its full name; `undefined` where there is none. */
  network(name: string): Promise<FoundNetwork | undefined>;
  /** The limits that this host's kernel does not let the engine enforce: it leaves them out, with a warning. */
  limitsNotKept(): Promise<readonly RunningFact[]>;
  /**
   * The highest processor limit of a container: the number of the host's processors, or 0 if the kernel cannot limit
   * them.
   */
  processors(): Promise<number>;
  /** Creates an empty volume with labels; one of this name that is there already stays as it is. */
  createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** The labels of a volume; `undefined` where there is none. */
  volumeLabels(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Removes a volume that no container uses; nothing to do where there is none. */
  removeVolume(name: string): Promise<void>;
  /** Connects a container, running or not, to a network on which others find it by these names. */
  joinNetwork(name: string, container: string, aliases: readonly string[]): Promise<void>;
  /** Disconnects a container, running or not, from a network. */
  leaveNetwork(name: string, container: string): Promise<void>;
  /** Removes a network; containers that are connected to it are disconnected first. */
  removeNetwork(name: string): Promise<void>;
  /**
   * The last lines of a container's output, both streams.
   *
   * @param since older lines are left out: a container keeps the output from before its restart
   */
  logs(id: string, lines: number, since?: Date): Promise<string[]>;
  /** How a container has ended since then, once or more often: a restart clears this from the answer of `inspect`. */
  endings(id: string, since: Date): Promise<Endings>;
  /** Seconds of processor time that a container has used since it was started. */
  processorSeconds(id: string): Promise<number>;
  /** Whether it maps user IDs of containers to others on the host (user namespaces, rootless). */
  mapsUsers(): Promise<boolean>;
  exec(id: string, exec: Exec): Promise<ExecResult>;
  /** Runs a container to its end. `output` is both streams. */
  run(job: MountedJob): Promise<{ exitCode: number; output: string }>;
  /** Runs a container to its end without a time limit, and passes on its output meanwhile. */
  follow(job: MountedJob, session?: JobSession): Promise<{ exitCode: number }>;
  /** Starts a container that runs to its end by itself; the engine removes it then. */
  launch(job: MountedJob): Promise<void>;
  /** Whether a one-off container of the project runs. */
  hasJob(project: string): Promise<boolean>;
  /** Creates directories below an existing one, with owners that the caller may have no right to set. */
  makeDirectories(request: DirectoriesRequest): Promise<void>;
  /**
   * The mode of a file that the caller may have no right to see, through a container that mounts it; `undefined` when
   * there is no such file.
   */
  fileMode(id: string, path: string): Promise<number | undefined>;
  /** The text of a file of a container, also through a link; `undefined` when there is no such file. */
  readFile(id: string, path: string): Promise<string | undefined>;
  /**
   * Puts a small file into a directory that a container mounts for writing. The caller may have no right to look into
   * it on the host.
   */
  putFile(id: string, directory: string, file: OwnedFile): Promise<void>;
  setFileMode(id: string, path: string, mode: number): Promise<void>;
  /** Removes the one-off containers of a project, running or not. */
  removeJobs(project: string): Promise<void>;
  /**
   * Removes the one-off containers of killed runs: the process that followed them does not exist any more. A
   * container that was launched has no such process, and runs to its end.
   */
  removeAbandonedJobs(project: string): Promise<void>;
  /** Starts a container; one that runs already stays as it is. */
  start(id: string): Promise<void>;
  restart(id: string): Promise<void>;
  /**
   * Stops a container; it stays, with its log. One that has stopped already stays as it is.
   *
   * @param graceSeconds how long it may take to end by itself; 0 when absent
   */
  stop(id: string, graceSeconds?: number): Promise<void>;
  /** Removes a container, running or not, and returns when it does not exist any more. */
  remove(id: string): Promise<void>;
}

export interface EngineVersion {
  /** `Docker`, or another engine with its API, such as `Podman`. */
  readonly product: string;
  readonly version: string;
}

export interface Publisher {
  readonly id: string;
  /** The reference of the image with which the container was created. */
  readonly image: string;
  /** Name of the container. */
  readonly container: string;
  /** The directory that Compose started it from; empty when it was not Compose. */
  readonly directory: string;
  /** The project of Compose that it belongs to; empty when it was not Compose. */
  readonly project: string;
  /** Whether it belongs to a deployment of this program, which need not be the one in question. */
  readonly isDeployed: boolean;
  readonly address: string;
  readonly port: number;
  /** Absent for TCP. */
  readonly protocol?: 'udp' | undefined;
}

export interface ContainerMemory {
  /** Without memory that the kernel can take back at once. */
  readonly usedBytes: number;
  /** The host's memory where it has no limit. */
  readonly limitBytes: number;
}

export interface ContainerHealth {
  /** The reference of the image with which the container was created: with the digest if it was locked to one. */
  readonly image: string;
  /** The ID of the image, whatever its name is now: `sha256:…`. */
  readonly imageId: string;
  /**
   * Path of the file with its output, on the engine's host; older files are beside it, as `.1`, `.2` and so on. Empty
   * when there is none.
   */
  readonly logPath: string;
  /** The engine's word, as in `ContainerFacts`. */
  readonly state: string;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
  /** Whether it was killed for using more memory than its limit. */
  readonly outOfMemory: boolean;
  readonly exitCode: number;
  readonly restarts: number;
  readonly startedAt: string;
  readonly health: string | undefined;
}

export interface Endings {
  /** Exit code of the last end; `undefined` when it has not ended. */
  readonly exitCode: number | undefined;
  /** Whether it was killed at any of these ends for using more memory than its limit. */
  readonly outOfMemory: boolean;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A job whose mounts are absolute paths on the host. The project becomes a label, by which a later run finds the
 * containers that a killed one has left.
 */
export interface MountedJob extends Omit<Job, 'mounts'> {
  readonly project: string;
  readonly mounts: readonly { source: string; target: string; writable?: boolean; optional?: boolean }[];
  /** Directories to create before it runs. It can mount them. */
  readonly made?: NewDirectories;
}

/** What is exchanged with a one-off container while it runs. */
export interface JobSession {
  /** All of its standard input, which is empty when this is absent. */
  readonly input?: string | Uint8Array;
  /** Ends the program early when it fires: the program is asked to end, and killed seconds later. */
  readonly stop?: AbortSignal;
  /** Called for each line that it writes, without its line break. */
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
