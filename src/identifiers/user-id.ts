/** The user ID of a localpart on a server (Matrix appendices, "User Identifiers"). */
export function userIdOf(localpart: string, serverName: string): string {
  return `@${localpart}:${serverName}`;
}

/** The localpart of a user ID, as Synapse's admin API takes it in places. */
export function localpartOf(userId: string): string {
  return userId.slice(1, userId.indexOf(':'));
}

/** The account that matrix-deploy itself works with. */
export const toolAccount = 'matrix-deploy';

/** Its user ID. */
export function toolUserId(serverName: string): string {
  return userIdOf(toolAccount, serverName);
}

/** The server name in a user ID. */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(':') + 1);
}

/** What the names of the accounts begin with that `verify --talk` makes, and deactivates again. */
export const talkAccountPrefix = 'matrix-deploy-talk-';

/** What their user IDs begin with. */
export const talkUserPrefix = `@${talkAccountPrefix}`;
