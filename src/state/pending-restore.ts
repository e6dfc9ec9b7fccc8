import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { setIdPattern } from '../backup/set.ts';
import { PreflightError } from '../errors.ts';
import { layout } from '../layout.ts';
import { readNeeded, writeState } from './state-file.ts';

/**
 * How far a restore over a deployment has come. `staging`: what is restored is put together beside what serves, or was in
 * use and is not any more; nothing needs it. `switching` and `undoing`: the two change places, and nothing may be started.
 * `starting` and `undone`: they have, and nobody has seen the server work since. `switched`: what was restored serves, and
 * what served before is kept. `removing`: that is being deleted.
 */
const phases = ['staging', 'switching', 'starting', 'switched', 'undoing', 'undone', 'removing'] as const;

/** The names of one thing: in use, while it is put together beside that, and when it is kept. */
const places = { inUse: z.string(), beside: z.string(), before: z.string() };

const schema = z.object({
  phase: z.enum(phases),
  set: z.string().regex(setIdPattern),
  /** When the set was begun, and when the two changed places. */
  madeAt: z.iso.datetime(),
  switchedAt: z.iso.datetime().optional(),
  databases: z.array(
    z.object({
      ...places,
      /** What the one that served before and the restored one are told by, once that is there. */
      identities: z.object({ before: z.string().optional(), restored: z.string() }).optional(),
    }),
  ),
  /** Paths below the deployment directory. */
  directories: z.array(z.object(places)),
  /** By database and table, as they were restored. */
  rows: z.record(z.string(), z.record(z.string(), z.number())),
  /** What is kept takes about so much, in bytes. */
  keptBytes: z.number(),
});

export type PendingRestore = z.infer<typeof schema>;
export type RestorePhase = PendingRestore['phase'];

/** @throws UserError for a record that cannot be understood: without it nobody knows which database is which */
export async function readPendingRestore(directory: string): Promise<PendingRestore | undefined> {
  return readNeeded(
    directory,
    { path: layout.pendingRestore, schema },
    { code: 'restore.record', says: 'which database and which media served before the last restore' },
  );
}

export async function writePendingRestore(directory: string, record: PendingRestore): Promise<void> {
  await writeState(directory, layout.pendingRestore, record);
}

export async function endPendingRestore(directory: string): Promise<void> {
  await rm(join(directory, layout.pendingRestore), { force: true });
}

/** Is it half done, so that nothing of the server may be started? */
export function isHalfDone({ phase }: Pick<PendingRestore, 'phase'>): boolean {
  return phase === 'switching' || phase === 'undoing';
}

/** @throws PreflightError while what serves and what was restored have not changed places to the end */
export async function refuseHalfRestored(directory: string): Promise<void> {
  const pending = await readPendingRestore(directory);
  if (pending !== undefined && isHalfDone(pending)) {
    throw new PreflightError(`the restore of ${pending.set} was interrupted while it changed places`, {
      code: 'restore.half-done',
      hint: `Nothing was changed. ${halfDoneRemedy(pending)}`,
    });
  }
}

/** What to do about a restore that was interrupted in the middle of it. */
export function halfDoneRemedy({ phase }: Pick<PendingRestore, 'phase'>): string {
  return phase === 'undoing' || phase === 'undone'
    ? 'Run `matrix-deploy restore --undo` to continue.'
    : 'Run `matrix-deploy restore` to continue, or go back: `matrix-deploy restore --undo`.';
}
