import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, exists, writeIfChanged } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

const text = 'matrix-deploy has not finished its first run here.\n';

/**
 * Marks that the deployment has never served. The mark stands for the exception, so that who loses it is treated with
 * more care, not with less. It must be there before the first rendered file is.
 */
export async function markFirstRun(directory: string): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await writeIfChanged(join(directory, layout.firstRun), text, modes.state);
}

/** Remembers that everything has been there and worked. */
export async function endFirstRun(directory: string): Promise<void> {
  await rm(join(directory, layout.firstRun), { force: true });
}

/** Did a first run begin, and not end? */
export async function isFirstRun(directory: string): Promise<boolean> {
  return exists(join(directory, layout.firstRun));
}
