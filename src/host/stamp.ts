import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A value that changes when anything in these directories changes, computed without reading a file. It has a line for
 * each entry: path, inode, size, mode, mtime and ctime. Empty if none of the directories exists.
 */
export async function stampOf(directories: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(directories.map(stampBelow))).flat();
}

async function stampBelow(path: string): Promise<string[]> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return [];
  const { ino, size, mode, mtimeNs, ctimeNs } = found;
  const names = found.isDirectory() ? (await readdir(path)).sort() : [];
  const below = await Promise.all(names.map((name) => stampBelow(join(path, name))));
  return [[path, ino, size, mode, mtimeNs, ctimeNs].join(' '), ...below.flat()];
}
