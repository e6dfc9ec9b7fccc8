import type { Context } from '../../context.ts';
import { deadline } from '../../host/bounds.ts';
import { localpartOf, toolUserId } from '../../identifiers/user-id.ts';
import { openHomeserver } from '../../matrix/homeserver.ts';
import { inKeptSession } from '../../matrix/tool-session.ts';
import { userIdsBeginning } from '../../matrix/user-names.ts';
import { deploymentDirectory } from '../command.ts';
import type { Candidate } from './candidates.ts';

/**
 * A user ID without characters that are special to a shell. Otherwise a user could register under a name that runs a
 * command in the operator's shell.
 */
const harmless = /^[\w.=/+@:-]+$/;

/** Short, because the shell waits for it after Tab. */
const patienceSeconds = 1.5;

/**
 * The users whose name or user ID has this beginning. Empty when they cannot be listed without a prompt or a side
 * effect: there is no server, the server is down, or matrix-deploy has no open session.
 */
export async function userNames(
  context: Context,
  { directory: named, beginning }: { directory: string | undefined; beginning: string },
): Promise<Candidate[]> {
  const interrupt = deadline(patienceSeconds, { interrupt: context.interrupt });
  try {
    const server = await openHomeserver({ ...context, interrupt }, await deploymentDirectory(context, named));
    const admin = await inKeptSession(server);
    const byUserId = beginning.startsWith('@');
    const found = admin && (await userIdsBeginning(admin, byUserId ? beginning : `@${beginning}`));
    return (found ?? [])
      .filter((userId) => userId !== toolUserId(server.stack.serverName) && harmless.test(userId))
      .map((userId) => ({ value: byUserId ? userId : localpartOf(userId), meaning: '' }));
  } catch {
    // The shell would show an error in the middle of the command line.
    return [];
  }
}
