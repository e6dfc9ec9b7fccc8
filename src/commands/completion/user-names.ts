import type { Context } from '../../context.ts';
import { deadline } from '../../host/bounds.ts';
import { localpartOf, toolUserId } from '../../identifiers/user-id.ts';
import { openHomeserver } from '../../matrix/homeserver.ts';
import { inKeptSession } from '../../matrix/tool-session.ts';
import { userIdsBeginning } from '../../matrix/user-names.ts';
import { deploymentDirectory } from '../command.ts';
import type { Candidate } from './candidates.ts';

/** What no shell takes for anything but a part of a word: who may name users may not thereby give commands. */
const harmless = /^[\w.=/+@:-]+$/;

/** Who has pressed Tab waits for it. */
const patienceSeconds = 1.5;

/**
 * Who can be meant by a beginning, by name or by user ID. Nobody where that cannot be told without a question or a trace:
 * there is no server, it is down, or no session was opened yet.
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
    // An error would be written into the line that somebody is typing.
    return [];
  }
}
