import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, namesIn, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { continued } from '../stack/identity.ts';
import { readIdentity, writeIdentity } from './identity.ts';

/** Marks a secret: another one is to take its place. Who dies after this has the next apply do it. */
export async function markRotation(directory: string, name: string): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await ensureDirectory(join(directory, layout.rotating), modes.stateDirectory);
  await writeAtomically(
    join(directory, layout.rotating, name),
    'Another secret takes the place of this one.\n',
    modes.state,
  );
}

/** Remembers that another secret has taken the place of this one. */
export async function endRotation(directory: string, name: string): Promise<void> {
  await rm(join(directory, layout.rotating, name), { force: true });
}

/** Names of the secrets that are marked. */
export async function readRotations(directory: string): Promise<ReadonlySet<string>> {
  return new Set(await namesIn(join(directory, layout.rotating)));
}

/** Lets those that were in use until a rotation which is not finished be valid until then. */
export async function prolongPredecessors(directory: string, now: Date): Promise<void> {
  const { own, besideData } = await readIdentity(directory);
  const recorded = own ?? besideData;
  if (recorded === undefined) return;
  const record = continued(recorded, now);
  if (record !== recorded) await writeIdentity(directory, record);
}
