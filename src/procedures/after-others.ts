import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { interrupted } from '../host/bounds.ts';

const pauseMilliseconds = 2000;

/**
 * Runs an action that needs the deployment's lock, as soon as no other command holds it.
 *
 * @param patience how long to wait for the lock, in milliseconds
 * @throws LockError where another command holds it longer
 */
export async function afterOthers<Result>(
  { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>,
  { patience, note }: { patience: number; note(text: string): void },
  action: () => Promise<Result>,
): Promise<Result> {
  const end = clock.now().getTime() + patience;
  let toldOf = '';
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof LockError) || clock.now().getTime() >= end) throw error;
      if (error.message !== toldOf) note(`waits: ${error.message}`);
      toldOf = error.message;
      await clock.sleep(pauseMilliseconds, interrupt).catch(() => {
        throw interrupted();
      });
    }
  }
}
