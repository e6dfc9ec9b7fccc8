import type { Saved } from './saving.ts';
import type { Job, Owner } from './service.ts';

/**
 * A directory that outlives containers: what a backup must hold. Nobody can create again what is in it: one that was there
 * and is gone, or that is not the one that was there, is refused.
 */
export interface DataSpec {
  /** Path below the deployment directory. */
  readonly path: string;
  /** The directory in it that a witness file tells from another server's; empty for itself. */
  readonly witnessed: string;
  readonly owner: Owner;
  readonly mode: number;
  /** Directories that must exist in it, of the same owner and mode. */
  readonly directories: readonly string[];
  /** Files whose mode the program that reads them insists on. */
  readonly restrictedFiles: readonly RestrictedFile[];
  readonly saved: Saved;
  /** Which release of the program made it, where no other can use it. */
  readonly release?: DataRelease;
  /** Fills it before anything may use it; the directory gets its name only after this has succeeded. */
  readonly initialise?: Job;
}

export interface DataRelease {
  /** Path below the data directory of the file that says by which release it was made. */
  readonly file: string;
  /** The setting that chooses the image, and the image. */
  readonly setting: string;
  readonly image: string;
  /** The release of an image, as the file has it; `undefined` where the tag does not say. */
  of(image: string): string | undefined;
  /** What to do to get from one to another. */
  readonly remedy: string;
}

/**
 * Files that a job makes from an image, so that its containers start faster. Nothing is lost with them: they are in no
 * backup, and what uses them works without them and whatever is in them.
 */
export interface CacheSpec {
  /** What is in it, as in "byte code of synapse". */
  readonly name: string;
  /** Its directory, below `cacheDirectory`. It is empty until the service that mounts it has worked. */
  readonly path: string;
  /** The service that it is for, and whose image it is made from. */
  readonly service: string;
  /** Empties and fills it: gets its key in the environment variable `cacheKey.variable`, and writes `cacheKey.file` last. */
  readonly job: Job;
}

/** Where caches are, below the deployment directory: nobody but its owner and root gets in, and so to what is in them. */
export const cacheDirectory = 'cache';

/** What tells from which image a cache was made, and that it was made to its end: the first line of a file in it. */
export const cacheKey = { variable: 'CACHE_KEY', file: 'index' } as const;

export interface RestrictedFile {
  /** Path below the data directory. */
  readonly path: string;
  readonly mode: number;
  /** The service that reads it, and where it sees it. */
  readonly service: string;
  readonly target: string;
}
