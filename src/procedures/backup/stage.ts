import {
  BackupError,
  CancelledError,
  LockError,
  messageOf,
  PreflightError,
  UserError,
} from '../../errors.ts';
import { fileFailure } from '../../host/file-failure.ts';

/**
 * Runs one stage of a backup.
 *
 * @param stage what is being done, as in "copying data/synapse"
 * @param consequence what its failure means for the backups
 * @throws BackupError that names the stage, for a failure of the stage; interrupts, lock and preflight errors and
 *   bugs are thrown unchanged
 */
export async function inStage<Result>(
  stage: string,
  action: () => Promise<Result>,
  consequence = 'No backup was created, and older ones are unchanged.',
): Promise<Result> {
  try {
    return await action();
  } catch (thrown) {
    const error = fileFailure(thrown);
    if (isOfItsOwn(error)) throw error;
    throw new BackupError(`${stage} failed: ${messageOf(error)}`, {
      stage,
      code: error instanceof UserError ? error.code : 'backup.failed',
      details: error instanceof UserError ? error.details : [],
      hint: [consequence, hintOf(error)].filter(Boolean).join(' '),
      cause: error,
    });
  }
}

function isOfItsOwn(error: unknown): boolean {
  const families = [CancelledError, LockError, PreflightError];
  // An error that is neither a UserError nor a system error is a bug, and is reported as one.
  return families.some((family) => error instanceof family) || isBug(error);
}

function isBug(error: unknown): boolean {
  return !(error instanceof UserError) && !(error instanceof Error && 'code' in error);
}

function hintOf(error: unknown): string | undefined {
  return error instanceof UserError ? error.hint : undefined;
}
