import { onTestFinished } from 'vitest';
import { withLock } from '../../src/state/run-lock.ts';
import { fakeClock } from './clock.ts';

/**
 * Another run that holds the lock of a deployment, until it is told to end.
 *
 * @param command what the lock says
 */
export async function otherRun(directory: string, command: string) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let hasEnded = Promise.resolve();
  await new Promise<void>((begun) => {
    const lock = { directory, command };
    hasEnded = withLock({ processId: process.pid, clock: fakeClock() }, lock, async () => {
      begun();
      await released;
    });
  });
  const end = () => {
    release();
    return hasEnded;
  };
  onTestFinished(end);
  return { end };
}
