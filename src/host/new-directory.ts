import { lstat, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { isErrno, syncDirectory } from './files.ts';

/** A directory that is being filled; only its owner may see it. */
export interface Filling {
  /** Where a file will be written, such as by another writer. */
  path(name: string): string;
  /** Writes a file that is not there yet, piece by piece. */
  write(name: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<void>;
}

/**
 * Makes a directory with what is put into it: all of it is there in the end, or nothing is. What a killed run leaves is
 * beside it, called `….incomplete-…`.
 *
 * @param path absolute; nothing may be there
 * @throws UsageError where something is, or where the directory above is not.
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
    // Fails where somebody has made something of this name meanwhile.
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
