import * as z from 'zod';
import { type Api, accepted } from './api.ts';
import { leaveRoom } from './leave-room.ts';

/** The type that Synapse leaves out of its user directory and does not count among people (synapse/api/constants.py). */
export const toolAccountType = 'support' as const;

const identity = z.object({ user_id: z.string() });
const joined = z.object({ joined_rooms: z.array(z.string()) });

/**
 * Hides the tool account from people: removes it from every room, where Synapse once put it because of
 * `auto_join_rooms`, and from the user directory. Does nothing when the session has ended.
 *
 * @param admin the API as the tool account
 */
export async function withdrawToolAccount(admin: Api): Promise<void> {
  const session = await admin({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
  if (session.status === 401) {
    return;
  }
  const { user_id: userId } = identity.parse(accepted(session, 'tell whose session this is'));
  const path = `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`;
  const { user_type } = accepted(await admin({ method: 'GET', path }), `tell of ${userId}`);
  const rooms = await admin({ method: 'GET', path: '/_matrix/client/v3/joined_rooms' });
  for (const room of joined.parse(accepted(rooms, `tell the rooms of ${userId}`)).joined_rooms) {
    await leaveRoom(admin, room);
  }
  if (user_type !== toolAccountType) {
    const body = { user_type: toolAccountType };
    accepted(await admin({ method: 'PUT', path, body }), `change ${userId}`);
    await rebuildDirectory(admin);
  }
}

/**
 * Rebuilds the user directory: Synapse removes no user from it by itself. A refusal because the job is running
 * already does not matter.
 */
async function rebuildDirectory(admin: Api): Promise<void> {
  const path = '/_synapse/admin/v1/background_updates/start_job';
  await admin({ method: 'POST', path, body: { job_name: 'regenerate_directory' } });
}
