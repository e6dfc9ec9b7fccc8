import type Docker from 'dockerode';
import type { Refusal } from './engine-failure.ts';

/**
 * Removes a container with its volumes, running or not, and returns when it is gone: also where it was gone before, or where the
 * engine is still removing it for another caller, maybe a run that was killed meanwhile.
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

/** The engine tells it from other conflicts by its words only (moby, daemon/delete.go). */
function isBeingRemoved(error: unknown): boolean {
  const { statusCode, message = '' } = error as Partial<Refusal>;
  return statusCode === 409 && message.includes('already in progress');
}
