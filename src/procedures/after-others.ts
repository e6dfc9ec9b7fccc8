import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { interrupted } from '../host/bounds.ts';

const pauseMilliseconds = 2000;

/** The first words of commands that leave the server as it is. Many are started by a timer or by a hook. */
const harmless: ReadonlySet<string> = new Set(['backup', 'certificates', 'drill', 'releases']);

/**
 * Whether a command that holds the lock leaves the server as it is. A person's command waits for the end of such a
 * one by default, and of no other: two people who change the server at the same time must know of each other.
 *
 * @param holder the command, such as `backup verify`
 */
export function leavesServerAsIs(holder: string): boolean {
  return harmless.has(holder.split(' ')[0] ?? '');
}

/** How long to wait, and where to say so. */
interface Waiting {
  /** How long to wait for the end of a command, in milliseconds; counted from the first time that the lock is held. */
  patience(holder: string): number;
  note(text: string): void;
}

/**
 * Runs an action that needs the deployment's lock, as soon as no other command holds it. The action is run again from
 * its start after each wait, and must itself read what the other command may have changed.
 *
 * @throws LockError where another command holds the lock longer; CancelledError when the wait is interrupted
 */
export async function afterOthers<Result>(
  { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>,
  { patience, note }: Waiting,
  action: () => Promise<Result>,
): Promise<Result> {
  let begun: number | undefined;
  let toldOf = '';
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof LockError) || error.holder === undefined) throw error;
      const now = clock.now().getTime();
      begun ??= now;
      if (now - begun >= patience(error.holder)) throw error;
      if (error.message !== toldOf) note(`waits: ${error.message}`);
      toldOf = error.message;
      await clock.sleep(pauseMilliseconds, interrupt).catch(() => {
        throw interrupted();
      });
    }
  }
}
