/** A file or directory of a tree, by its path below the tree's top. */
export interface TreeEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Of a file, in bytes. */
  readonly size: number;
}

/** What makes a copy of a repository equal to it. */
export interface Differences {
  /** In the order in which they are sent: what names others comes after them. */
  readonly send: readonly TreeEntry[];
  /** Paths that the repository does not have any more: what names others comes before them. */
  readonly remove: readonly string[];
}

/**
 * The parts of a repository of restic in the order in which they may appear: by `config` it is told from others; a snapshot
 * names an index, an index names data (restic's design document, "Repository Format"). Files are never changed, only
 * added and removed.
 */
const order = ['config', 'keys', 'data', 'index', 'snapshots'];

/** What belongs to who works on a repository at the moment. */
const passing: ReadonlySet<string> = new Set(['locks', 'tmp']);

/**
 * Compares a repository with its copy. A file of the same name is the same one, unless its length differs: then its
 * transfer was cut off.
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
