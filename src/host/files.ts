import { randomBytes } from 'node:crypto';
import { access, constants, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { isTrusted, withEntry } from './entry.ts';
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

/** Largest file that is read as a whole, in bytes: more than any configuration, record or table of the system's. */
const largestFile = 2 ** 26;

/**
 * All of a file; what fails bears its name.
 *
 * @throws UserError where it is larger than anything that is read
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

/** The system's error of a call on an open file does not bear the file's name. */
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

/** Who may do what with a file. */
export interface FileAccess {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Where a file's new text is before it gets the file's name: a place that nobody can know before. */
export function temporaryPath(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.new`;
}

/** Is this the name of such a place of a file, such as of a run that died? */
export function isTemporaryOf(file: string, name: string): boolean {
  return name.startsWith(`${file}.`) && /^\.[0-9a-f]{16}\.new$/.test(name.slice(file.length));
}

/** The same of whatever file. */
export function isTemporary(name: string): boolean {
  return /.\.[0-9a-f]{16}\.new$/.test(name);
}

/**
 * Replaces a file as a whole: a reader, and a power cut, sees the old text or the new one. What somebody prepared under the
 * file's name, such as a link, is replaced, not written through.
 *
 * @param access the mode that the file gets whatever the umask is, and its owner, where it is not to be the caller
 */
export async function writeAtomically(
  path: string,
  text: string,
  access: number | FileAccess,
): Promise<void> {
  while (!(await replaceFile(path, text, access))) {
    // Somebody has removed the new text for one that a dead run left.
  }
  await removeLeftovers(path);
  await syncDirectory(dirname(path));
}

/** @returns false where the new text was removed before it got the file's name */
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

/** Writes a file that is not there yet; it fails where there is anything, even a link to nothing (open(2), O_EXCL). */
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

/** How long a run that writes a file may take until it gets its name. */
const writingMilliseconds = 60_000;

async function removeLeftovers(path: string): Promise<void> {
  const names = (await readdir(dirname(path))).filter((name) => isTemporaryOf(basename(path), name));
  for (const leftover of names.map((name) => join(dirname(path), name))) {
    const found = await lstat(leftover).catch(() => undefined);
    // Another run may be writing the same.
    if (found !== undefined && Date.now() - found.mtimeMs > writingMilliseconds) {
      await rm(leftover, { force: true });
    }
  }
}

/** Replaces a file as a whole, unless that is its text already. */
export async function writeIfChanged(path: string, text: string, mode: number): Promise<void> {
  if ((await readIfExists(path)) !== text) {
    await writeAtomically(path, text, mode);
  }
}

/**
 * Makes a directory and those above it; the last one gets the mode whatever the umask is. A link to a directory is left
 * as it is where root or the caller has set it.
 *
 * @throws UserError where the directory or the link belongs to another user, who could lead what is written elsewhere
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
