import { type Api, accepted } from './api.ts';

/** More than anybody reads. */
const most = 100;

/**
 * User IDs of accounts that can be used and that begin so, at most a hundred, in one request.
 *
 * @param beginning of the user ID, with its @
 */
export async function userIdsBeginning(admin: Api, beginning: string): Promise<string[]> {
  const query = new URLSearchParams({
    // Nowhere but at its beginning has a user ID an @.
    user_id: beginning,
    limit: String(most),
    guests: 'false',
    locked: 'true',
  });
  const answer = await admin({ method: 'GET', path: `/_synapse/admin/v2/users?${query}` });
  const { users } = accepted(answer, 'list its users') as { users: readonly { name: string }[] };
  return users.map(({ name }) => name).filter((userId) => userId.startsWith(beginning));
}
