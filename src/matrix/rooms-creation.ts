import * as z from 'zod';
import { Secret } from '../secrets/secret.ts';
import { type Api, accepted, isRefusedWith } from './api.ts';

export interface NewRoom {
  readonly name: string;
  /** The part of its alias between # and the colon. */
  readonly aliasName: string;
  readonly topic?: string | undefined;
}

const tokenMilliseconds = 5 * 60_000;

/**
 * Acts as another user, who does not notice it: with a token that Synapse gives to admins (its
 * docs/admin_api/user_admin_api.md, "Login as a user"). The token is revoked afterwards; it expires after five
 * minutes in any case.
 */
export async function actAs<Result>(
  { api, admin }: { readonly api: Api; readonly admin: Api },
  userId: string,
  now: Date,
  act: (as: Api) => Promise<Result>,
): Promise<Result> {
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/login`;
  const body = { valid_until_ms: now.getTime() + tokenMilliseconds };
  const answer = accepted(await admin({ method: 'POST', path, body }), `let matrix-deploy act as ${userId}`);
  const token = new Secret(String(answer.access_token));
  try {
    return await act((call) => api({ ...call, token }));
  } finally {
    await api({ method: 'POST', path: '/_matrix/client/v3/logout', body: {}, token });
  }
}

const created = z.object({ room_id: z.string() });

/**
 * Creates a room that everybody may join. It is not in the directory yet.
 *
 * @param owner the API as the owner of the new room
 * @returns its ID; `undefined` when the alias is taken
 */
export async function createPublicRoom(
  owner: Api,
  { name, aliasName, topic }: NewRoom,
): Promise<string | undefined> {
  const answer = await owner({
    method: 'POST',
    path: '/_matrix/client/v3/createRoom',
    body: { preset: 'public_chat', visibility: 'private', name, topic, room_alias_name: aliasName },
  });
  return isRefusedWith(answer, 'M_ROOM_IN_USE')
    ? undefined
    : created.parse(accepted(answer, `create the room ${name}`)).room_id;
}

/**
 * Publishes a room in the server's room directory.
 *
 * @returns `false` when the homeserver's rules forbid it (its `room_list_publication_rules`)
 */
export async function publishRoom(admin: Api, roomId: string): Promise<boolean> {
  const path = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(roomId)}`;
  const answer = await admin({ method: 'PUT', path, body: { visibility: 'public' } });
  if (answer.status === 403) {
    return false;
  }
  accepted(answer, `publish the room ${roomId}`);
  return true;
}
