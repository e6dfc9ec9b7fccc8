import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, namesIn, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { continued } from '../stack/identity.ts';
import { readIdentity, writeIdentity } from './identity.ts';

/** Marks a secret that is to be replaced. If the run is killed after this, the next apply replaces the secret. */
export async function markRotation(directory: string, name: string): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await ensureDirectory(join(directory, layout.rotating), modes.stateDirectory);
  await writeAtomically(
    join(directory, layout.rotating, name),
    'Another secret takes the place of this one.\n',
    modes.state,
  );
}

/** Removes the mark of a secret that was replaced. */
export async function endRotation(directory: string, name: string): Promise<void> {
  await rm(join(directory, layout.rotating, name), { force: true });
}

/** Names of the secrets that are marked. */
export async function readRotations(directory: string): Promise<ReadonlySet<string>> {
  return new Set(await namesIn(join(directory, layout.rotating)));
}

/** Prolongs the validity of the previous secrets of unfinished rotations. */
export async function prolongPredecessors(directory: string, now: Date): Promise<void> {
  const { own, besideData } = await readIdentity(directory);
  const recorded = own ?? besideData;
  if (recorded === undefined) return;
  const record = continued(recorded, now);
  if (record !== recorded) await writeIdentity(directory, record);
}
