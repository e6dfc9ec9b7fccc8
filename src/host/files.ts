import { randomBytes } from 'node:crypto';
import { access, constants, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { isTrusted, withEntry } from './entry.ts';
import { decodeText } from './text.ts';

/** Whether there is a file or directory that the caller can see. */
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

/** As `readIfExists`, for files that nobody writes by hand, such as the system's. Replaces invalid UTF-8. */
export async function readForeign(path: string): Promise<string | undefined> {
  return (await readBytes(path))?.toString('utf8');
}

/** Maximum size of a file that is read as a whole, in bytes: more than any configuration or system table has. */
const largestFile = 2 ** 26;

/**
 * Reads a whole file. An error of the system names the path.
 *
 * @throws UserError if the file is larger than `largestFile`
 */
export async function readWhole(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).size > largestFile) throw tooLarge(path);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw named(error, path);
  }
}

function tooLarge(path: string): UserError {
  return new UserError(`${path} is larger than ${largestFile / 2 ** 20} MB, and is not read`, {
    code: 'file.size',
    hint: 'See what has been written there, and put back what belongs there.',
  });
}

/** Adds the path to an error of the system that has none: a call on an open file does not name it. */
function named(error: unknown, path: string): unknown {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  return isOfSystem && !('path' in error) ? Object.assign(error, { path }) : error;
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readWhole(path);
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

/** Why the caller cannot replace files in a directory with `writeAtomically`; `undefined` where that can be done. */
export async function whyNotWritable(directory: string): Promise<string | undefined> {
  try {
    if (!(await stat(directory)).isDirectory()) return `${directory} is no directory`;
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Mode and owner of a file. The caller is the owner when none is given. */
export interface FileAccess {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** The path of a file's new text until it is renamed. It is random, so that nobody can prepare a link there. */
export function temporaryPath(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.new`;
}

/** Whether a name is a temporary name of this file, such as one that a killed run has left. */
export function isTemporaryOf(file: string, name: string): boolean {
  return name.startsWith(`${file}.`) && /^\.[0-9a-f]{16}\.new$/.test(name.slice(file.length));
}

/** Whether a name is a temporary name of any file. */
export function isTemporary(name: string): boolean {
  return /.\.[0-9a-f]{16}\.new$/.test(name);
}

/**
 * Replaces a file atomically: a reader sees either the old text or the new one, even after a power cut. A link at the
 * path is replaced; its target does not change.
 *
 * @param access the file's mode, regardless of the umask, and its owner, if that is not the caller
 */
export async function writeAtomically(
  path: string,
  text: string,
  access: number | FileAccess,
): Promise<void> {
  while (!(await replaceFile(path, text, access))) {
    // Another run took the temporary file for a leftover, and removed it: try again.
  }
  await removeLeftovers(path);
  await syncDirectory(dirname(path));
}

/** @returns false if the temporary file was removed before it could be renamed */
async function replaceFile(path: string, text: string, access: number | FileAccess): Promise<boolean> {
  const temporary = temporaryPath(path);
  try {
    await writeNew(temporary, text, access);
    return await rename(temporary, path).then(
      () => true,
      (error) => {
        if (isErrno(error, 'ENOENT')) return false;
        throw error;
      },
    );
  } catch (error) {
    await rm(temporary, { force: true });
    throw named(error, path);
  }
}

/** Creates a file. Fails if anything is at the path, even a dangling link (open(2), O_EXCL). */
export async function writeNew(
  path: string,
  content: string | Uint8Array,
  access: number | FileAccess,
): Promise<void> {
  const { mode, owner } = typeof access === 'number' ? { mode: access } : access;
  const file = await open(path, 'wx', mode);
  try {
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Age from which a temporary file counts as a leftover: a run that is alive renames it sooner. */
const writingMilliseconds = 60_000;

async function removeLeftovers(path: string): Promise<void> {
  const names = (await readdir(dirname(path))).filter((name) => isTemporaryOf(basename(path), name));
  for (const leftover of names.map((name) => join(dirname(path), name))) {
    const found = await lstat(leftover).catch(() => undefined);
    // A newer file may belong to another run that writes the same file.
    if (found !== undefined && Date.now() - found.mtimeMs > writingMilliseconds) {
      await rm(leftover, { force: true });
    }
  }
}

/** Replaces a file atomically, unless it already has this text. */
export async function writeIfChanged(path: string, text: string, mode: number): Promise<void> {
  if ((await readIfExists(path)) !== text) {
    await writeAtomically(path, text, mode);
  }
}

/**
 * Creates a directory and its missing parents. The directory itself gets the mode, regardless of the umask. A link to
 * a directory stays as it is if it belongs to root or the caller.
 *
 * @throws UserError if the directory or link belongs to another user, who could redirect what is written there
 */
export async function ensureDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  await withEntry(path, async (entry) => {
    if (!isTrusted(entry)) {
      throw new UserError(`${path} belongs to another user, who could change what is written there`, {
        code: 'files.owner',
        hint: `See what is in it, then remove it, or make it yours: \`chown -h ${userInfo().uid} ${shellWord(path)}\`.`,
      });
    }
    if (!entry.isLink && entry.mode !== mode) await entry.setMode(mode);
  });
}

/** Whether a thrown value is an error with this code of the system, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Syncs the names in a directory to disk. Only then does a renamed file survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
