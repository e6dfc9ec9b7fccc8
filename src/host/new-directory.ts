import { lstat, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { isErrno, syncDirectory } from './files.ts';

/** A directory that is being filled; only its owner may see it. */
export interface Filling {
  /** The path for a file that the caller writes by other means. */
  path(name: string): string;
  /** Creates a file, and writes it piece by piece. */
  write(name: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<void>;
}

/**
 * Creates a directory with its content, either completely or not at all. A killed run leaves a directory
 * `….incomplete-…` beside it.
 *
 * @param path absolute; nothing may be there
 * @throws UsageError if something is there, or the parent directory does not exist
 */
export async function makeDirectory<Result>(
  path: string,
  fill: (filling: Filling) => Promise<Result>,
): Promise<Result> {
  await refuseExisting(path);
  const staging = await stage(path);
  try {
    const result = await fill({
      path: (name) => join(staging, name),
      write: (name, pieces) => writeNew(join(staging, name), pieces),
    });
    await syncDirectory(staging);
    // Fails if somebody has created a file or a filled directory of this name meanwhile (rename(2)).
    await rename(staging, path);
    await syncDirectory(dirname(path));
    return result;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined) {
    throw new UsageError(`${path} is there already`, {
      code: 'usage.directory',
      hint: 'Nothing was written. Name a directory that is not there yet.',
    });
  }
}

async function stage(path: string): Promise<string> {
  try {
    return await mkdtemp(`${path}.incomplete-`);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) {
      throw new UsageError(`there is no directory ${dirname(path)}`, { code: 'usage.directory', cause });
    }
    throw cause;
  }
}

async function writeNew(path: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of pieces) {
      await file.write(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
