import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What tells whether anything in these directories has changed, without reading a file: names, and of each the inode, the
 * size, the mode and the times of the last change of its content and of anything. Empty where there is none of them.
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
