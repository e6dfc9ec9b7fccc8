import type { Context } from '../../context.ts';
import {
  BackupError,
  CancelledError,
  ConfigError,
  LockError,
  messageOf,
  PreflightError,
} from '../../errors.ts';
import { identifyProcess } from '../../host/process-identity.ts';
import { type BackupAttempt, readBackupAttempt, writeBackupAttempt } from '../../state/backup-attempt.ts';
import { readMeant } from '../status/what-is-meant.ts';
import { listenersOf } from './notify.ts';

type Ports = Pick<Context, 'components' | 'clock' | 'processId' | 'environment' | 'patience'>;

interface Attempt {
  readonly directory: string;
  /** Does nobody look on? Then whatever keeps it from being made is a failed backup. */
  readonly isScheduled: boolean;
  note(text: string): void;
}

/**
 * Makes backups on record, and tells those who are to hear of it: how it went stands in state/, for `status`; the ping and
 * the command of matrix.yaml are given, or, where that is broken, of the one that was applied last.
 *
 * @param make to call `begin` when nothing else changes the deployment any more
 * @throws what `make` throws
 */
export async function attemptBackups<Result>(
  context: Ports,
  { directory, isScheduled, note }: Attempt,
  make: (begin: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const { clock, processId } = context;
  const notices: string[] = [];
  const { config } = await readMeant(directory, context);
  const listeners = listenersOf({ directory, config }, context, (trouble) => {
    notices.push(trouble);
    note(`warning: ${trouble}`);
  });
  const own = await identifyProcess(processId);
  const startedAt = clock.now().toISOString();
  const scheduledAt = isScheduled ? startedAt : (await readBackupAttempt(directory))?.scheduledAt;
  const attempt = { startedAt, process: own, isScheduled, scheduledAt, notices };
  const record = (end: BackupAttempt['end']) => writeBackupAttempt(directory, { ...attempt, end });
  const recordEnd = (end: Omit<NonNullable<BackupAttempt['end']>, 'at'>) =>
    record({ at: clock.now().toISOString(), ...end }).catch((error) =>
      note(`warning: how it ended could not be recorded: ${messageOf(error)}`),
    );
  // Nothing waits for it to be heard; but what is told next comes after it.
  let told: Promise<void> | undefined;
  const tellBegun = () => {
    told ??= listeners.ping('begun');
  };
  let hasBegun = false;
  const begin = async () => {
    hasBegun = true;
    tellBegun();
    await record(undefined);
  };
  const fail = async (error: unknown) => {
    const failure = { stage: stageOf(error), message: messageOf(error) };
    const isInterrupted = error instanceof CancelledError;
    if (isScheduled || !isInterrupted) {
      await told;
      await listeners.ping('failed');
      await listeners.onFailure(failure);
    }
    await recordEnd({ result: isInterrupted ? 'interrupted' : 'failed', ...failure });
  };
  if (isScheduled) tellBegun();
  let result: Result;
  try {
    result = await make(begin);
  } catch (error) {
    if (hasBegun || isScheduled) await fail(error);
    throw error;
  }
  await told;
  await listeners.ping('made');
  await recordEnd({ result: 'made' });
  return result;
}

/** What was being done when it failed. */
function stageOf(error: unknown): string {
  if (error instanceof BackupError && error.stage !== undefined) return error.stage;
  if (error instanceof LockError) return 'waiting for another command';
  if (error instanceof ConfigError) return 'reading matrix.yaml';
  return error instanceof PreflightError ? 'looking at the host' : 'preparing the backup';
}
