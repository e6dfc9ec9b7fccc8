import type { Owner } from '../components/service.ts';
import type { MountedJob } from '../docker/engine.ts';
import type { Secret } from '../secrets/secret.ts';

/** An encrypted repository of snapshots. A call that fails throws a RepositoryError that names the failed step. */
export interface Repository {
  /** The repository's own ID, which no other repository has. */
  id(): Promise<string>;
  /** Whether there is a complete repository. One whose creation was interrupted does not count. */
  exists(): Promise<boolean>;
  /** Creates the repository and its directory, or completes an interrupted creation. Fails if it exists already. */
  create(): Promise<void>;
  /** Adds a password that opens the repository. @param name the name of the key in the result of `keys` */
  addKey(password: Secret, name: string): Promise<void>;
  opensWith(password: Secret): Promise<boolean>;
  keys(): Promise<RepositoryKey[]>;
  removeKey(id: string): Promise<void>;
  /** Creates a snapshot of everything in the request that still exists, or none at all. */
  save(request: SaveRequest, onProgress?: OnProgress): Promise<SavedSnapshot>;
  /** The snapshots that have all of these tags, the oldest first. */
  snapshots(tags?: readonly string[]): Promise<Snapshot[]>;
  /**
   * Looks for damage.
   *
   * @param data how much of the stored content is read back and compared: `2/7` is the second of seven parts
   */
  check(data: 'none' | 'all' | `${number}/${number}`): Promise<void>;
  /** A text file of a snapshot, of at most 16 MiB. */
  read(snapshot: string, path: string): Promise<string>;
  /** All entries of a snapshot, so that the caller can judge them before a restore. */
  list(snapshot: string): Promise<SnapshotEntry[]>;
  restore(request: RestoreRequest, onProgress?: OnProgress): Promise<void>;
  /** Runs a program with a file of a snapshot as its standard input. An exit code other than 0 is no error. */
  feed(request: FeedRequest): Promise<{ exitCode: number; output: string }>;
  forget(snapshots: readonly string[]): Promise<void>;
  /** Frees the space of data that no snapshot needs any more. */
  prune(): Promise<void>;
  /**
   * Removes the locks and the incomplete files that killed runs have left. The caller must hold the deployment's
   * lock: then no other run of the deployment uses the repository.
   *
   * @returns how many locks there were
   * @throws RepositoryError if a lock belongs to another host
   */
  unlockOurs(): Promise<number>;
  /** Bytes that all snapshots together take in the repository. */
  storedBytes(): Promise<number>;
}

type OnProgress = (progress: Progress) => void;

export interface RepositoryKey {
  readonly id: string;
  readonly name: string;
  /** Whether this is the key that opened the repository for this call. */
  readonly current: boolean;
  readonly created: string;
}

export interface SaveRequest {
  readonly tags: readonly string[];
  /** The user that reads what is saved. */
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
      /** Paths below `path` that are left out. */
      readonly exclude?: readonly string[];
    }
  | {
      readonly kind: 'bytes';
      /** Name of the only file in the snapshot. */
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

/** The container of a program that writes what restic saves, or reads what restic has saved. */
export interface ProgramJob
  extends Pick<MountedJob, 'image' | 'environment' | 'mounts' | 'tmpfs' | 'networks'> {
  /** Path on the host of restic's program (`resticBinary`). */
  readonly binary: string;
  /** Path on the host of an existing directory that only the operator can enter, for the pipes between the two. */
  readonly scratch: string;
}

export interface FeedRequest {
  readonly snapshot: string;
  /** Path of the file in the snapshot. */
  readonly path: string;
  readonly command: readonly string[];
  readonly user: Owner;
  readonly job: ProgramJob;
}

export interface SavedSnapshot {
  readonly snapshot: string;
  /** Size of the content. */
  readonly bytes: number;
  /** Bytes that are new in the repository, in the form in which they are stored. */
  readonly added: number;
  readonly files: number;
  /** The lines that the saved program wrote to its standard error; empty for any other source. */
  readonly said: readonly string[];
  /** Files that are not in the snapshot, since they were deleted while it was made; as paths in the snapshot. */
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
  /** A directory in the snapshot; `/` for all of it. */
  readonly path: string;
  /** Existing directory on the host that the content of `path` is written to. */
  readonly target: string;
  /** The user that writes the files, and so the owner of everything that is restored. */
  readonly user: Owner;
}
