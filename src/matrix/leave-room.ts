import { type Api, accepted, clientRoomPath } from './api.ts';

/**
 * Leaves a room, and removes it from the user's list of rooms that were left.
 *
 * @param as the API as that user
 */
export async function leaveRoom(as: Api, roomId: string): Promise<void> {
  const path = clientRoomPath(roomId);
  accepted(await as({ method: 'POST', path: `${path}/leave`, body: {} }), `leave ${roomId}`);
  accepted(await as({ method: 'POST', path: `${path}/forget`, body: {} }), `forget ${roomId}`);
}
