import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary } from '../host/files.ts';
import { layout } from '../layout.ts';

/** Directories whose subdirectories belong to services or may be large: only entries directly in them can be ours. */
const foreign: readonly string[] = [layout.data, layout.cache, layout.backupDirectory];

/**
 * Removes the temporary files that killed runs have left in a deployment directory. A process that is writing one at
 * this moment, without the lock, writes it again.
 */
export async function removeTemporaries(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  const inner = entries.filter((entry) => entry.isDirectory());
  await Promise.all([
    removeTemporariesIn(directory, false),
    ...inner.map(({ name }) => removeTemporariesIn(join(directory, name), !foreign.includes(name))),
  ]);
}

async function removeTemporariesIn(directory: string, recursive: boolean): Promise<void> {
  // A directory that this user cannot read has no temporary files of this user.
  const entries = await readdir(directory, { withFileTypes: true, recursive }).catch(() => []);
  const found = entries.filter(({ name }) => isTemporary(name));
  await Promise.all(
    found.map(({ parentPath, name }) => rm(join(parentPath, name), { recursive: true, force: true })),
  );
}
