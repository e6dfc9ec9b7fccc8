import * as z from 'zod';
import type { Clock } from '../host/clock.ts';
import { type Api, accepted, isRefusedWith } from './api.ts';
import { roomPath } from './rooms.ts';

export interface DeletionWishes {
  /** Whether to keep users of this server from joining the room again. */
  readonly block: boolean;
  /**
   * Whether to remove everything of the room from the database. Otherwise, its users are only removed from the room.
   */
  readonly purge: boolean;
}

/**
 * The state of the deletion of a room (Synapse's docs/admin_api/rooms.md, "Version 2"). Synapse does the work on its
 * own, without further calls.
 */
export interface Deletion {
  readonly id: string;
  readonly status: 'scheduled' | 'active' | 'complete' | 'failed';
  /** The users of this server who have been removed from the room so far. */
  readonly removed: readonly string[];
  /** The users whom Synapse could not remove from the room. */
  readonly stayed: readonly string[];
}

const deletion = z
  .object({
    delete_id: z.string(),
    status: z.enum(['scheduled', 'active', 'complete', 'failed']),
    shutdown_room: z
      .object({ kicked_users: z.array(z.string()), failed_to_kick_users: z.array(z.string()) })
      .nullish(),
  })
  .transform(
    ({ delete_id, status, shutdown_room }): Deletion => ({
      id: delete_id,
      status,
      removed: shutdown_room?.kicked_users ?? [],
      stayed: shutdown_room?.failed_to_kick_users ?? [],
    }),
  );

const deletions = z.object({ results: z.array(deletion) });

/** The deletions of a room. Synapse remembers them for some days. */
export async function deletionsOf(admin: Api, roomId: string): Promise<Deletion[]> {
  const answer = await admin({ method: 'GET', path: `${roomPath(roomId, 'v2')}/delete_status` });
  return isRefusedWith(answer, 'M_NOT_FOUND')
    ? []
    : deletions.parse(accepted(answer, `tell of the deletion of ${roomId}`)).results;
}

/** Whether a deletion has not ended yet. */
export function isGoingOn({ status }: Pick<Deletion, 'status'>): boolean {
  return status === 'active' || status === 'scheduled';
}

/**
 * Begins to delete a room.
 *
 * @returns the ID of the deletion, or of one that is running already
 */
export async function startDeletion(admin: Api, roomId: string, wishes: DeletionWishes): Promise<string> {
  const answer = await admin({ method: 'DELETE', path: roomPath(roomId, 'v2'), body: wishes });
  // Synapse has no error code of its own for a room that is being deleted.
  const other = answer.status === 400 ? (await deletionsOf(admin, roomId)).find(isGoingOn) : undefined;
  return other !== undefined ? other.id : String(accepted(answer, `delete the room ${roomId}`).delete_id);
}

/** The present state of a deletion. */
export async function readDeletion(admin: Api, id: string): Promise<Deletion> {
  const path = `/_synapse/admin/v2/rooms/delete_status/${encodeURIComponent(id)}`;
  return deletion.parse(accepted(await admin({ method: 'GET', path }), 'tell of the deletion of a room'));
}

/** How long Synapse may take to delete a room with a few users and messages: in seconds. */
const deletionSeconds = 30;

/**
 * Deletes a room that was created for a test. Waits for the end of the deletion, but not longer than
 * `deletionSeconds`: Synapse goes on by itself.
 *
 * @returns the status of the deletion by then
 */
export async function removeRoom(
  admin: Api,
  room: string,
  clock: Pick<Clock, 'sleep'>,
): Promise<Deletion['status']> {
  const id = await startDeletion(admin, room, { block: false, purge: true });
  for (let left = deletionSeconds * 4; left > 0; left--) {
    const deletion = await readDeletion(admin, id);
    if (!isGoingOn(deletion)) return deletion.status;
    await clock.sleep(250);
  }
  return 'active';
}
