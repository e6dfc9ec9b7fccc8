import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { interrupted } from '../host/bounds.ts';

const pauseMilliseconds = 2000;

/**
 * Runs what needs the deployment for itself, as soon as another command has ended that changes it.
 *
 * @param patience how long that may take, in milliseconds
 * @throws LockError where it takes longer
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
