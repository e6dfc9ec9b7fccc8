import { type Api, accepted } from './api.ts';

/** The longest list: nobody reads a longer one. */
const most = 100;

/**
 * User IDs that begin with a text, of accounts that are not deactivated: at most a hundred, in one request.
 *
 * @param beginning of the user ID, with its @
 */
export async function userIdsBeginning(admin: Api, beginning: string): Promise<string[]> {
  const query = new URLSearchParams({
    // Synapse finds this anywhere in a user ID; the @ is only at its beginning.
    user_id: beginning,
    limit: String(most),
    guests: 'false',
    locked: 'true',
  });
  const answer = await admin({ method: 'GET', path: `/_synapse/admin/v2/users?${query}` });
  const { users } = accepted(answer, 'list its users') as { users: readonly { name: string }[] };
  return users.map(({ name }) => name).filter((userId) => userId.startsWith(beginning));
}
