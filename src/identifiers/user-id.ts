/** The user ID of a localpart on a server (Matrix appendices, "User Identifiers"). */
export function userIdOf(localpart: string, serverName: string): string {
  return `@${localpart}:${serverName}`;
}

/** The localpart of a user ID. Some parameters of Synapse's admin API need it instead of the user ID. */
export function localpartOf(userId: string): string {
  return userId.slice(1, userId.indexOf(':'));
}

/** The account that matrix-deploy itself works with. */
export const toolAccount = 'matrix-deploy';

/** The user ID of that account. */
export function toolUserId(serverName: string): string {
  return userIdOf(toolAccount, serverName);
}

/** The server name in a user ID. */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(':') + 1);
}

/** Prefix of the localparts of the accounts that `verify --talk` creates and deactivates again. */
export const talkAccountPrefix = 'matrix-deploy-talk-';

/** Prefix of the user IDs of those accounts. */
export const talkUserPrefix = `@${talkAccountPrefix}`;
