/** The account that matrix-deploy itself works with. */
export const toolAccount = 'matrix-deploy';

/** Its user ID. */
export function toolUserId(serverName: string): string {
  return `@${toolAccount}:${serverName}`;
}

/** The server name in a user ID. */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(':') + 1);
}

/** What the names of the accounts begin with that `verify --talk` makes, and deactivates again. */
export const talkAccountPrefix = 'matrix-deploy-talk-';

/** What their user IDs begin with. */
export const talkUserPrefix = `@${talkAccountPrefix}`;
