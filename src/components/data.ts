import type { Saved } from './saving.ts';
import type { Job, Owner } from './service.ts';

/**
 * A directory that outlives containers and belongs in a backup. Its content cannot be created again: a command
 * refuses to continue if the directory is missing or was replaced by another one.
 */
export interface DataSpec {
  /** Path below the deployment directory. */
  readonly path: string;
  /** Subdirectory for the file that tells the data from those of another server; empty for the directory itself. */
  readonly witnessed: string;
  readonly owner: Owner;
  readonly mode: number;
  /** Directories that must exist in it, of the same owner and mode. */
  readonly directories: readonly string[];
  /** Files that the program reads only if they have a certain mode. */
  readonly restrictedFiles: readonly RestrictedFile[];
  readonly saved: Saved;
  /** The release that created the data. Absent when any release can use them. */
  readonly release?: DataRelease;
  /** Fills the directory before its first use; it gets its final name only after this job has succeeded. */
  readonly initialise?: Job;
}

export interface DataRelease {
  /** File that names the release that created the data; a path below the data directory. */
  readonly file: string;
  /** The setting that chooses the image, and the image. */
  readonly setting: string;
  readonly image: string;
  /** The release of an image, in the form that `file` has; `undefined` if the tag does not tell. */
  of(image: string): string | undefined;
  /** How to get the data from one release to another. */
  readonly remedy: string;
}

/**
 * Files that a job creates from an image, so that its containers start faster. They can be lost without harm: they
 * are in no backup, and the service works without them or if they are damaged.
 */
export interface CacheSpec {
  /** Its content, as in "byte code of synapse". */
  readonly name: string;
  /** Its directory, inside `cacheDirectory`. It is empty until the job has run. */
  readonly path: string;
  /** The service that uses the cache, and whose image the cache is created from. */
  readonly service: string;
  /**
   * Empties and fills the directory. The job gets the key in the environment variable `cacheKey.variable`, and writes
   * `cacheKey.file` last.
   */
  readonly job: Job;
}

/** Directory of all caches, below the deployment directory. Only its owner and root can enter it. */
export const cacheDirectory = 'cache';

/**
 * The key of a cache identifies the image that it was created from. It is the first line of a file in the cache; the
 * file exists only if the job has finished.
 */
export const cacheKey = { variable: 'CACHE_KEY', file: 'index' } as const;

export interface RestrictedFile {
  /** Path below the data directory. */
  readonly path: string;
  readonly mode: number;
  /** The service that reads the file, and the path in its container. */
  readonly service: string;
  readonly target: string;
}
