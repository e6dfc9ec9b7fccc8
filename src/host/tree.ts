import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './files.ts';

/** A file or directory below another directory. */
interface TreeEntry {
  readonly path: string;
  /** Absent for a directory. */
  readonly bytes?: Buffer;
}

/** The entries of a tree, and its faults: a sentence each, which begins with a path below the root, or with `it`. */
export interface Tree {
  readonly entries: readonly TreeEntry[];
  readonly faults: readonly string[];
}

/** Far more than templates, consent pages and registrations need. A larger tree is a mistake. */
const limits = { entries: 2000, bytes: 32 * 2 ** 20, depth: 16 };

/**
 * Reads a whole directory, and follows the symbolic links in it. A link that leads out of it is a fault.
 *
 * @returns an empty tree if there is no such directory
 */
export async function readTree(root: string): Promise<Tree> {
  const found = await lstat(root).catch(() => undefined);
  if (found === undefined) return { entries: [], faults: [] };
  if (!found.isDirectory()) return { entries: [], faults: ['it is no directory'] };
  const walk = new Walk(await realpath(root));
  await walk.directory('', 0);
  return { entries: walk.entries, faults: walk.faults };
}

class Walk {
  readonly entries: TreeEntry[] = [];
  readonly faults: string[] = [];
  readonly #root: string;
  #bytes = 0;
  #isTooLarge = false;

  constructor(root: string) {
    this.#root = root;
  }

  async directory(path: string, depth: number): Promise<void> {
    const names = await this.#attempt(path, () => readdir(join(this.#root, path)));
    if (depth > limits.depth) {
      this.#refuseSize();
      return;
    }
    for (const name of [...(names ?? [])].sort()) {
      if (this.#isTooLarge) return;
      await this.#entry(path === '' ? name : `${path}/${name}`, depth);
    }
  }

  async #entry(path: string, depth: number): Promise<void> {
    if (path.includes('\uFFFD')) {
      this.faults.push(`${path} has a name that is no UTF-8`);
      return;
    }
    const target = await this.#attempt(path, () => this.#target(path));
    if (target === undefined) return;
    if (this.entries.length >= limits.entries) return this.#refuseSize();
    if (target.isDirectory()) {
      this.entries.push({ path });
      return this.directory(path, depth + 1);
    }
    if (!target.isFile()) {
      this.faults.push(`${path} is neither a file nor a directory`);
      return;
    }
    this.#bytes += target.size;
    if (this.#bytes > limits.bytes) return this.#refuseSize();
    const bytes = await this.#attempt(path, () => readFile(join(this.#root, path)));
    if (bytes !== undefined) this.entries.push({ path, bytes });
  }

  /** The stats of a path, with links followed; `undefined`, and a fault, for a link that leads out. */
  async #target(path: string) {
    const place = join(this.#root, path);
    const found = await lstat(place);
    if (!found.isSymbolicLink()) return found;
    const target = await realpath(place);
    if (target.startsWith(`${this.#root}/`)) return stat(place);
    this.faults.push(`${path} is a link to ${target}, which is elsewhere: put the file itself there`);
    return undefined;
  }

  async #attempt<Result>(path: string, read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      this.faults.push(`${path === '' ? 'it' : path} ${reasonOf(error)}`);
      return undefined;
    }
  }

  #refuseSize(): void {
    if (this.#isTooLarge) return;
    this.#isTooLarge = true;
    this.faults.push(
      `it is too large: more than ${limits.entries} files, ${limits.bytes / 2 ** 20} MB or ${limits.depth} levels`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM')) return 'cannot be read by you';
  if (isErrno(error, 'ENOENT')) return 'is gone, or a link to nothing';
  if (isErrno(error, 'ELOOP')) return 'is a link to itself';
  if (error instanceof Error && 'code' in error) return `cannot be read (${error.code})`;
  throw error;
}
