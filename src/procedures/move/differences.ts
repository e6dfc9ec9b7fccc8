/** A file or directory of a tree, by its path below the tree's top. */
export interface TreeEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Bytes of a file; 0 for a directory. */
  readonly size: number;
}

/** The changes that make a copy of a repository equal to it. */
export interface Differences {
  /** Entries to send, in this order: an entry comes after those that it refers to. */
  readonly send: readonly TreeEntry[];
  /** Paths to remove, in this order: an entry comes before those that it refers to. */
  readonly remove: readonly string[];
}

/**
 * The parts of a restic repository, in the order in which they may appear in a copy. `config` has the repository's
 * ID. A snapshot needs an index, and an index refers to data (restic's design document, "Repository Format"). Files
 * are never changed, only added and removed.
 */
const order = ['config', 'keys', 'data', 'index', 'snapshots'];

/** Directories whose files belong to processes that work on the repository at the moment. */
const passing: ReadonlySet<string> = new Set(['locks', 'tmp']);

/**
 * Compares a repository with its copy. Files of the same name are equal, unless their sizes differ: then a transfer
 * was interrupted.
 */
export function differencesBetween(own: readonly TreeEntry[], copy: readonly TreeEntry[]): Differences {
  const wanted = own.filter(isLasting);
  const there = new Map(copy.map((entry) => [entry.path, entry]));
  const names = new Set(wanted.map(({ path }) => path));
  return {
    send: wanted
      .filter(({ path, kind, size }) => {
        const found = there.get(path);
        return found?.kind !== kind || (kind === 'file' && found.size !== size);
      })
      .sort((a, b) => rank(a.path) - rank(b.path)),
    remove: copy
      .filter((entry) => entry.kind === 'file' && isLasting(entry) && !names.has(entry.path))
      .sort((a, b) => rank(b.path) - rank(a.path))
      .map(({ path }) => path),
  };
}

function isLasting({ path, kind }: TreeEntry): boolean {
  return kind === 'directory' || !passing.has(top(path));
}

function rank(path: string): number {
  return order.indexOf(top(path));
}

function top(path: string): string {
  return path.split('/')[0] ?? '';
}
