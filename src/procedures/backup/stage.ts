import {
  BackupError,
  CancelledError,
  LockError,
  messageOf,
  PreflightError,
  UserError,
} from '../../errors.ts';

/**
 * Runs one stage of a backup.
 *
 * @param stage what is being done, as in "copying data/synapse"
 * @param consequence what its failure means for the backups
 * @throws BackupError that names the stage, whatever failed in it; what is no failure of it, such as an interrupt, as it is
 */
export async function inStage<Result>(
  stage: string,
  action: () => Promise<Result>,
  consequence = 'No backup was made, and older ones are as they were.',
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
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
  // What is not of our family and no error of the system is a bug, and told as one.
  return families.some((family) => error instanceof family) || isBug(error);
}

function isBug(error: unknown): boolean {
  return !(error instanceof UserError) && !(error instanceof Error && 'code' in error);
}

function hintOf(error: unknown): string | undefined {
  return error instanceof UserError ? error.hint : undefined;
}

/**
 * Says where something failed, when there is more than one place where it could.
 *
 * @throws as `action` does, with the name of the target in front
 */
export async function inTarget<Result>(
  { name }: { readonly name: string },
  targets: readonly unknown[],
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw targets.length > 1 ? atTarget(name, error) : error;
  }
}

/**
 * Does something in each target. One that fails keeps no other from being tried.
 *
 * @param told what is told of a result where another target has failed, since then it is in no answer
 * @throws the first failure, with the name of its target where there are several
 */
export async function forEachTarget<Target extends { readonly name: string }, Result>(
  targets: readonly Target[],
  action: (target: Target) => Promise<Result>,
  { note, told }: { note(text: string): void; told(result: Result): string },
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: UserError[] = [];
  for (const target of targets) {
    try {
      results.push(await inTarget(target, targets, () => action(target)));
    } catch (error) {
      if (!(error instanceof BackupError || error instanceof PreflightError)) throw error;
      failures.push(error);
    }
  }
  const [first, ...others] = failures;
  if (first === undefined) return results;
  results.map(told).forEach(note);
  for (const other of others) note(other.message);
  throw first;
}

/** A failure with the name of the target in front; what is none of it, such as an interrupt, as it is. */
function atTarget(name: string, error: unknown): unknown {
  if (!(error instanceof UserError) || error instanceof CancelledError || error instanceof LockError)
    return error;
  const { code, details, hint } = error;
  const told = { code, details, hint, cause: error };
  const message = `target ${name}: ${error.message}`;
  return error instanceof PreflightError ? new PreflightError(message, told) : new BackupError(message, told);
}
