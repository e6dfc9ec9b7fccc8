import * as z from 'zod';
import { isAlive } from '../host/process-identity.ts';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const schema = z.object({
  startedAt: z.iso.datetime(),
  /** The process that makes the attempt. If it is gone and there is no `end`, the attempt was cut off. */
  process: z.object({ pid: z.number(), processStart: z.string(), boot: z.string() }),
  /** Whether a timer has begun the attempt, and not a user. */
  isScheduled: z.boolean(),
  /** When a timer last began an attempt: this one or an earlier one. */
  scheduledAt: z.iso.datetime().optional(),
  /** Absent while the attempt runs, and if it was cut off. */
  end: z
    .object({
      at: z.iso.datetime(),
      result: z.enum(['made', 'failed', 'interrupted']),
      /** What was being done, and why it failed. */
      stage: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  /** Problems apart from the backup itself, such as an unanswered ping or a command that failed. */
  notices: z.array(z.string()),
});

/** The last attempt to make a backup. */
export type BackupAttempt = z.output<typeof schema>;

/**
 * The last attempt, and whether it is still running; `undefined` if there was none, or its record is lost or broken.
 */
export async function readBackupAttempt(
  directory: string,
): Promise<(BackupAttempt & { readonly isRunning: boolean }) | undefined> {
  const attempt = await readUnneeded(directory, { path: layout.backupAttempt, schema }, undefined);
  return attempt && { ...attempt, isRunning: attempt.end === undefined && (await isAlive(attempt.process)) };
}

export async function writeBackupAttempt(directory: string, attempt: BackupAttempt): Promise<void> {
  await writeState(directory, layout.backupAttempt, attempt);
}
