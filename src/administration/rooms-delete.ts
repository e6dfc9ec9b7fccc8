import type { Context } from '../context.ts';
import { CancelledError, UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import {
  type Deletion,
  type DeletionWishes,
  deletionsOf,
  isGoingOn,
  readDeletion,
  startDeletion,
} from '../matrix/rooms-deletion.ts';

/** Pauses between two looks at a deletion, in milliseconds: the first one and the longest one. */
const [firstPause, longestPause] = [250, 5_000];
/** How long one run follows a deletion. */
const patienceMilliseconds = 6 * 3_600_000;

interface Following extends Pick<Context, 'clock' | 'interrupt'> {
  /** Called when the state has changed. */
  onProgress(deletion: Deletion): void;
}

type Server = Pick<Homeserver, 'admin'>;

/** The deletion of a room that is still running, or else one that succeeded; `undefined` when there is neither. */
export async function findDeletion({ admin }: Server, roomId: string): Promise<Deletion | undefined> {
  const all = await deletionsOf(admin, roomId);
  return all.find(isGoingOn) ?? all.find(({ status }) => status === 'complete');
}

/**
 * Deletes a room, and waits until it is deleted. Synapse works on its own: after an interruption, the same call
 * follows the running deletion.
 *
 * @throws UserError when the deletion fails or is not finished within the time for one run; CancelledError at an
 * interrupt.
 */
export async function deleteRoom(
  server: Server,
  roomId: string,
  wishes: DeletionWishes,
  following: Following,
): Promise<Deletion> {
  const before = await findDeletion(server, roomId);
  const id =
    before !== undefined && isGoingOn(before) ? before.id : await startDeletion(server.admin, roomId, wishes);
  return followDeletion(server, id, following);
}

/**
 * Waits until a running deletion has ended.
 *
 * @throws as `deleteRoom` does.
 */
async function followDeletion(
  { admin }: Server,
  id: string,
  { clock, interrupt, onProgress }: Following,
): Promise<Deletion> {
  const end = clock.now().getTime() + patienceMilliseconds;
  let told = '';
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    const deletion = await readDeletion(admin, id);
    if (deletion.status === 'failed') {
      throw failed(deletion);
    }
    if (!isGoingOn(deletion)) {
      return deletion;
    }
    const state = `${deletion.status} ${deletion.removed.length}`;
    if (state !== told) {
      onProgress(deletion);
      told = state;
    }
    if (clock.now().getTime() > end) {
      throw new UserError('the homeserver is still deleting the room', {
        code: 'room.slow',
        hint: 'It goes on by itself. Run the command again to follow it.',
      });
    }
    await clock.sleep(pause, interrupt).catch(() => {
      throw interrupted();
    });
  }
}

function interrupted(): CancelledError {
  return new CancelledError('interrupted; the homeserver goes on deleting the room by itself', {
    code: 'room.interrupted',
    hint: 'Run the command again to follow it.',
  });
}

function failed({ id, removed, stayed }: Deletion): UserError {
  return new UserError(`the homeserver could not delete the room (deletion ${id})`, {
    code: 'room.deletion',
    details: [
      `${removed.length} users were removed from it`,
      ...stayed.map((userId) => `${userId} could not be removed`),
    ],
    hint: 'It says why in its log: `docker compose logs synapse` in the deployment directory. Running the command again tries again.',
  });
}
