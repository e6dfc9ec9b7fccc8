import type { Owner } from '../components/service.ts';
import type { MountedJob } from '../docker/engine.ts';
import type { Secret } from '../secrets/secret.ts';

/** A place for snapshots, which is encrypted: what is asked of it. Every call fails with a RepositoryError that says at what. */
export interface Repository {
  /** What tells it from others. */
  id(): Promise<string>;
  /** Is there a whole one? One whose creation was interrupted does not count. */
  exists(): Promise<boolean>;
  /** Creates it, with its directory, or finishes that: it must not exist. */
  create(): Promise<void>;
  /** Lets another password open it, too. @param name told by `keys` */
  addKey(password: Secret, name: string): Promise<void>;
  opensWith(password: Secret): Promise<boolean>;
  keys(): Promise<RepositoryKey[]>;
  removeKey(id: string): Promise<void>;
  /** Makes a snapshot: all of what was asked for and is still there, or none. */
  save(request: SaveRequest, onProgress?: OnProgress): Promise<SavedSnapshot>;
  /** Those that have all of these tags, the oldest first. */
  snapshots(tags?: readonly string[]): Promise<Snapshot[]>;
  /**
   * Looks for damage.
   *
   * @param data how much of the stored content is read back and compared: `2/7` is the second of seven parts
   */
  check(data: 'none' | 'all' | `${number}/${number}`): Promise<void>;
  /** A text file of a snapshot, of at most 16 MiB. */
  read(snapshot: string, path: string): Promise<string>;
  /** Everything in a snapshot, to be judged before it is restored. */
  list(snapshot: string): Promise<SnapshotEntry[]>;
  restore(request: RestoreRequest, onProgress?: OnProgress): Promise<void>;
  /** Runs a program that reads a file of a snapshot from its standard input; how it ends is its own affair. */
  feed(request: FeedRequest): Promise<{ exitCode: number; output: string }>;
  forget(snapshots: readonly string[]): Promise<void>;
  /** Frees what no snapshot needs any more. */
  prune(): Promise<void>;
  /**
   * Removes the locks that killed runs have left, and what they have half written. Only for who holds the deployment's lock: then
   * none of ours is in use.
   *
   * @returns how many locks there were
   * @throws RepositoryError where one is of another host
   */
  unlockOurs(): Promise<number>;
  /** Bytes that all snapshots take. */
  storedBytes(): Promise<number>;
}

type OnProgress = (progress: Progress) => void;

export interface RepositoryKey {
  readonly id: string;
  readonly name: string;
  /** Is it the one that opened it now? */
  readonly current: boolean;
  readonly created: string;
}

export interface SaveRequest {
  readonly tags: readonly string[];
  /** Who reads what is saved. */
  readonly user: Owner;
  readonly source: SaveSource;
}

export type SaveSource =
  | {
      readonly kind: 'directory';
      /** On the host. */
      readonly path: string;
      /** Its name in the snapshot, such as `/media`. */
      readonly at: string;
      /** What is left out, by paths below it. */
      readonly exclude?: readonly string[];
    }
  | {
      readonly kind: 'bytes';
      /** Of the one file in the snapshot. */
      readonly name: string;
      readonly content: string | Uint8Array;
    }
  | {
      /** The standard output of a program; nothing is saved when it fails. */
      readonly kind: 'command';
      readonly name: string;
      readonly command: readonly string[];
      readonly job: ProgramJob;
    };

/** The container of a program that is not restic, and that restic is beside. */
export interface ProgramJob
  extends Pick<MountedJob, 'image' | 'environment' | 'mounts' | 'tmpfs' | 'networks'> {
  /** On the host: restic's program (`resticBinary`). */
  readonly binary: string;
  /** On the host: an existing directory of the operator's alone, for what the two exchange. */
  readonly scratch: string;
}

export interface FeedRequest {
  readonly snapshot: string;
  /** Of the file in it. */
  readonly path: string;
  readonly command: readonly string[];
  readonly user: Owner;
  readonly job: ProgramJob;
}

export interface SavedSnapshot {
  readonly snapshot: string;
  /** Of the content. */
  readonly bytes: number;
  /** That were not there yet, as they are stored. */
  readonly added: number;
  readonly files: number;
  /** What the program of a command wrote to its standard error, line by line. */
  readonly said: readonly string[];
  /** Files that were deleted while they were copied, as paths in the snapshot: they are not in it. */
  readonly vanished: readonly string[];
}

export interface Progress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
  readonly totalFiles: number;
  readonly secondsLeft: number | undefined;
}

export interface Snapshot {
  readonly id: string;
  /** In ISO 8601. */
  readonly time: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly paths: readonly string[];
  readonly bytes: number;
}

export interface SnapshotEntry {
  readonly path: string;
  /** `file`, `dir`, `symlink` or another word of restic's. */
  readonly type: string;
  readonly size: number;
  readonly owner: Owner;
  /** Permission bits. */
  readonly mode: number;
}

interface RestoreRequest {
  readonly snapshot: string;
  /** A directory in it; `/` for all. */
  readonly path: string;
  /** Existing directory on the host, which gets what is in that one. */
  readonly target: string;
  /** Who writes it: owner of everything that is restored. */
  readonly user: Owner;
}
