import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathsTo } from './safe-directory.ts';

/**
 * Whether other users of this host can read a file. A directory that only its owner can enter protects the files in it, as
 * `secrets/` does.
 *
 * @param path absolute; a link is followed
 * @throws the error of the system if there is no file
 */
export async function isReadableByOthers(path: string): Promise<boolean> {
  const real = await realpath(path);
  const file = await stat(real);
  const above = await Promise.all(pathsTo(dirname(real)).map((directory) => stat(directory)));
  return file.isFile() && (file.mode & 0o044) !== 0 && above.every(({ mode }) => (mode & 0o011) !== 0);
}
