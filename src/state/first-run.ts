import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, exists, writeIfChanged } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

const text = 'matrix-deploy has not finished its first run here.\n';

/**
 * Marks that the deployment has never served. Without the mark, a deployment is treated with more care, so that
 * losing the mark does no harm. It must be written before the first rendered file.
 */
export async function markFirstRun(directory: string): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await writeIfChanged(join(directory, layout.firstRun), text, modes.state);
}

/** Removes the mark: everything has been created and has worked. */
export async function endFirstRun(directory: string): Promise<void> {
  await rm(join(directory, layout.firstRun), { force: true });
}

/** Whether a first run has begun and has not ended. */
export async function isFirstRun(directory: string): Promise<boolean> {
  return exists(join(directory, layout.firstRun));
}
