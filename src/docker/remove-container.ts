import type Docker from 'dockerode';
import type { Refusal } from './engine-failure.ts';

/**
 * Removes a container, running or not, with its anonymous volumes, and returns when it does not exist any more. It
 * may have been removed before, or the engine may still be removing it for another caller, such as a run that was
 * killed meanwhile.
 */
export async function removeContainer(container: Pick<Docker.Container, 'remove' | 'wait'>): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isBeingRemoved(error)) throw error;
    await container.wait({ condition: 'removed' }).catch((failure) => {
      if (!isNotFound(failure)) throw failure;
    });
  }
}

const isNotFound = (error: unknown) => (error as Partial<Refusal>).statusCode === 404;

/**
 * Whether the engine is removing the container already: only the message tells this from other conflicts (moby,
 * daemon/delete.go).
 */
function isBeingRemoved(error: unknown): boolean {
  const { statusCode, message = '' } = error as Partial<Refusal>;
  return statusCode === 409 && message.includes('already in progress');
}
