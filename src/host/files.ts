import { access, chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeText } from './text.ts';

/** Is there a file or directory that the caller may see? */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * A file's text, or `undefined` where there is none.
 *
 * @throws EncodingError where it is not UTF-8
 */
export async function readIfExists(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  return bytes === undefined ? undefined : decodeText(bytes, path);
}

/** The same of a file that nobody writes by hand, such as the system's: in it, what is not UTF-8 is replaced. */
export async function readForeign(path: string): Promise<string | undefined> {
  return (await readBytes(path))?.toString('utf8');
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

/** Names in a directory; none where there is no such directory. */
export async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) {
      return [];
    }
    throw error;
  });
}

/** Where a file's new text is before it gets the file's name. */
export function temporaryPath(path: string): string {
  return `${path}.new`;
}

/**
 * Replaces a file as a whole: a reader, and a power cut, sees the old text or the new one.
 *
 * @param mode what the file gets whatever the umask is.
 */
export async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Replaces a file as a whole, unless that is its text already. */
export async function writeIfChanged(path: string, text: string, mode: number): Promise<void> {
  if ((await readIfExists(path)) !== text) {
    await writeAtomically(path, text, mode);
  }
}

/** Makes a directory and those above it; the last one gets the mode whatever the umask is. */
export async function ensureDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

/** Does a thrown value bear this error number of the system? */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Puts on disk what names are in a directory: a file that was renamed is there only then. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
