import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { setIdPattern } from '../backup/set.ts';
import { PreflightError } from '../errors.ts';
import { layout } from '../layout.ts';
import { readNeeded, writeState } from './state-file.ts';

/**
 * The phases of a restore over a deployment:
 *
 * - `staging`: the restored data is beside the data in use, before a switch or after an undo. Nothing needs it.
 * - `switching`, `undoing`: restored and previous data change places, and nothing may be started.
 * - `starting`, `undone`: they have changed places, and the server was not seen to work since.
 * - `switched`: the restored data is in use, and the previous data is kept.
 * - `removing`: the previous data is being deleted.
 */
const phases = ['staging', 'switching', 'starting', 'switched', 'undoing', 'undone', 'removing'] as const;

/** The names of a database or directory: while in use, as restored data beside that, and as kept previous data. */
const places = { inUse: z.string(), beside: z.string(), before: z.string() };

const schema = z.object({
  phase: z.enum(phases),
  set: z.string().regex(setIdPattern),
  /** When the set was begun, and when restored and previous data changed places. */
  madeAt: z.iso.datetime(),
  switchedAt: z.iso.datetime().optional(),
  databases: z.array(
    z.object({
      ...places,
      /** The identities of the previous and of the restored database. Absent until the restored one exists. */
      identities: z.object({ before: z.string().optional(), restored: z.string() }).optional(),
    }),
  ),
  /** Paths below the deployment directory. */
  directories: z.array(z.object(places)),
  /** Number of restored rows, by database and table. */
  rows: z.record(z.string(), z.record(z.string(), z.number())),
  /** Approximate size of the previous data, in bytes. */
  keptBytes: z.number(),
});

export type PendingRestore = z.infer<typeof schema>;
export type RestorePhase = PendingRestore['phase'];

/** @throws UserError for a record that cannot be parsed: only the record says which database is which */
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

/** Whether restored and previous data are changing places, so that nothing of the server may be started. */
export function isHalfDone({ phase }: Pick<PendingRestore, 'phase'>): boolean {
  return phase === 'switching' || phase === 'undoing';
}

/** @throws PreflightError if a restore was interrupted while restored and previous data changed places */
export async function refuseHalfRestored(directory: string): Promise<void> {
  const pending = await readPendingRestore(directory);
  if (pending !== undefined && isHalfDone(pending)) {
    throw new PreflightError(`the restore of ${pending.set} was interrupted while data was being exchanged`, {
      code: 'restore.half-done',
      hint: `Nothing was changed. ${halfDoneRemedy(pending)}`,
    });
  }
}

/** The remedy for a restore that was interrupted. */
export function halfDoneRemedy({ phase }: Pick<PendingRestore, 'phase'>): string {
  return phase === 'undoing' || phase === 'undone'
    ? 'Run `matrix-deploy restore --undo` to continue.'
    : 'Run `matrix-deploy restore` to continue, or go back: `matrix-deploy restore --undo`.';
}
