import { BackupError, CancelledError, LockError, PreflightError, UserError } from '../../errors.ts';

/** A target that could not be read. */
export interface TargetFailure {
  readonly target: string;
  readonly path: string;
  /** The cause, with the name of the target in front if there are several. */
  readonly error: UserError;
}

interface Named {
  readonly name: string;
}

/**
 * Runs an action on one of some targets.
 *
 * @throws as `action` does, with the name of the target in front if there are several
 */
export async function inTarget<Result>(
  { name }: Named,
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
 * Runs an action on each target, one after the other. If it fails on one, the others are still tried.
 *
 * @param told describes a result: if a target has failed, the results of the others are noted, since none is returned
 * @throws the first failure, with the name of its target if there are several
 */
export async function forEachTarget<Target extends Named, Result>(
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
  if (failures.length > 0) results.map(told).forEach(note);
  throwFirst(failures, note);
  return results;
}

/** Throws the first of some failures, after noting the others. Does nothing if there are none. */
export function throwFirst([first, ...others]: readonly UserError[], note: (text: string) => void): void {
  if (first === undefined) return;
  for (const other of others) note(other.message);
  throw first;
}

/**
 * Reads all targets in parallel. If one cannot be read, the others still are.
 *
 * @param before targets that could not be read in an earlier step
 * @throws the first failure, if none of the targets can be read
 */
export async function lookIntoTargets<Target extends Named & { readonly path: string }, Seen>(
  targets: readonly Target[],
  look: (target: Target) => Promise<Seen>,
  before: readonly TargetFailure[] = [],
): Promise<{ seen: Seen[]; failures: TargetFailure[] }> {
  const seen: Seen[] = [];
  const failures: TargetFailure[] = [];
  const all = [...targets, ...before];
  const looked = await Promise.allSettled(targets.map((target) => inTarget(target, all, () => look(target))));
  for (const [index, one] of looked.entries()) {
    const target = targets[index];
    if (one.status === 'fulfilled') seen.push(one.value);
    else if (target !== undefined && isOfTarget(one.reason)) {
      failures.push({ target: target.name, path: target.path, error: one.reason });
    } else throw one.reason;
  }
  const [first] = failures;
  if (first !== undefined && seen.length === 0) throw first.error;
  return { seen, failures: [...before, ...failures] };
}

/** Whether an error is a failure of the target, and not one of the run, such as an interrupt. */
function isOfTarget(error: unknown): error is UserError {
  return error instanceof UserError && !(error instanceof CancelledError || error instanceof LockError);
}

/** A failure of a target with the target's name in front; any other error unchanged. */
function atTarget(name: string, error: unknown): unknown {
  if (!isOfTarget(error)) return error;
  const { code, details, hint } = error;
  const told = { code, details, hint, cause: error };
  const message = `target ${name}: ${error.message}`;
  if (error instanceof PreflightError) return new PreflightError(message, told);
  const stage = error instanceof BackupError ? error.stage : undefined;
  return new BackupError(message, { ...told, ...(stage === undefined ? {} : { stage }) });
}
