import * as z from 'zod';
import { isAlive } from '../host/process-identity.ts';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const schema = z.object({
  startedAt: z.iso.datetime(),
  /** Who is at it: where that process is gone, the attempt did not come to its end. */
  process: z.object({ pid: z.number(), processStart: z.string(), boot: z.string() }),
  /** Was it begun by a timer, or by somebody? */
  isScheduled: z.boolean(),
  /** When a timer has begun one last, this one or one before. */
  scheduledAt: z.iso.datetime().optional(),
  /** Absent while it runs. */
  end: z
    .object({
      at: z.iso.datetime(),
      result: z.enum(['made', 'failed', 'interrupted']),
      /** What was being done, and why it failed. */
      stage: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  /** What went wrong beside it: a ping that nobody heard, a command that failed. */
  notices: z.array(z.string()),
});

/** The last time that a backup was tried. */
export type BackupAttempt = z.output<typeof schema>;

/** The last attempt, and whether it is still at work; `undefined` where there was none, or nobody knows. */
export async function readBackupAttempt(
  directory: string,
): Promise<(BackupAttempt & { readonly isRunning: boolean }) | undefined> {
  const attempt = await readUnneeded(directory, { path: layout.backupAttempt, schema }, undefined);
  return attempt && { ...attempt, isRunning: attempt.end === undefined && (await isAlive(attempt.process)) };
}

export async function writeBackupAttempt(directory: string, attempt: BackupAttempt): Promise<void> {
  await writeState(directory, layout.backupAttempt, attempt);
}
