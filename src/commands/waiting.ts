import type { Session } from './command.ts';

/** The flag of commands that can wait for any other command. */
export interface WaitFlags {
  readonly wait?: string;
}

/** How long a command of a person waits for one that leaves the server as it is, in milliseconds. */
const usualPatience = 60 * 60_000;

/**
 * The value of --wait.
 *
 * @returns milliseconds; `undefined` without --wait
 * @throws UsageError for an invalid time
 */
export async function patienceOf({ wait }: WaitFlags): Promise<number | undefined> {
  if (wait === undefined) return undefined;
  const { durationOf } = await import('../config/backup-options.ts');
  if (!/^[1-9][0-9]{0,4}[mh]$/.test(wait)) {
    const { UsageError } = await import('../errors.ts');
    throw new UsageError(`${wait} is not a valid time`, {
      code: 'usage.wait',
      hint: 'Give minutes or hours: --wait 30m, --wait 1h.',
    });
  }
  return durationOf(wait);
}

/**
 * Runs the action of a command that changes the server. While a backup holds the lock, or another command that leaves
 * the server as it is, the command says so and waits. After a wait the action is run again from its start, so that
 * nothing is used that it has read before.
 *
 * @param action has changed nothing when it throws a LockError
 * @param patience how long to wait for any command, in milliseconds; when absent, only backups are waited for
 * @throws LockError while a command holds the lock that is not waited for, or that does not end in time
 */
export async function afterBackups<Result>(
  { context, reporter }: Session<object>,
  action: () => Promise<Result>,
  patience?: number,
): Promise<Result> {
  const { afterOthers, leavesServerAsIs } = await import('../procedures/after-others.ts');
  const { event } = await reporter();
  const waiting = {
    patience: (holder: string) => patience ?? (leavesServerAsIs(holder) ? usualPatience : 0),
    note: (text: string) => event({ type: 'note', text }),
  };
  return afterOthers(context, waiting, action);
}
