import { once } from 'node:events';
import { Lab } from '../test/lab/lab.ts';

/**
 * Gives `use` a lab, and takes it down afterwards.
 *
 * @throws what `signal` fires with, when it does
 */
export async function withLab<Result>(
  signal: AbortSignal,
  use: (lab: Lab) => Promise<Result>,
): Promise<Result> {
  const lab = await Lab.open();
  try {
    signal.throwIfAborted();
    const interrupted = once(signal, 'abort').then(() => Promise.reject(signal.reason));
    return await Promise.race([use(lab), interrupted]);
  } finally {
    await lab.close();
  }
}
