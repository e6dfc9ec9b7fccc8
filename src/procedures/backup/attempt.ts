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
  /** Whether a timer has started it. Nobody watches then, so every error counts as a failed backup. */
  readonly isScheduled: boolean;
  note(text: string): void;
}

/**
 * Creates backups, records in state/ how that went, for `status`, and reports it by the ping and the command of
 * matrix.yaml; if matrix.yaml is broken, by those of the configuration that was applied last.
 *
 * @param make creates the backups, and calls `begin` as soon as no other command changes the deployment
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
  // The backup does not wait for the answer to this ping, but later pings do.
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

/** The stage in which an error occurred. */
function stageOf(error: unknown): string {
  if (error instanceof BackupError && error.stage !== undefined) return error.stage;
  if (error instanceof LockError) return 'waiting for another command';
  if (error instanceof ConfigError) return 'reading matrix.yaml';
  return error instanceof PreflightError ? 'looking at the host' : 'preparing the backup';
}
