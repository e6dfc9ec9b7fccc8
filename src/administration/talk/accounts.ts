import type { Context } from '../../context.ts';
import { talkAccountPrefix, talkUserPrefix, userIdOf } from '../../identifiers/user-id.ts';
import { deactivateAccount, listAccounts } from '../../matrix/accounts.ts';
import type { ChatDevice } from '../../matrix/chat/encryption.ts';
import type { Homeserver } from '../../matrix/homeserver.ts';
import { ownDevice } from '../../matrix/log-in.ts';
import { registerSession } from '../../matrix/registration.ts';
import { toolAccountType } from '../../matrix/tool-account.ts';
import { generatePassword } from '../../secrets/generate.ts';
import { Secret } from '../../secrets/secret.ts';
import type { Undo } from './undo.ts';

/** A session of an account that takes part in a conversation. */
export interface TalkSession extends ChatDevice {
  readonly token: Secret;
}

type Server = Pick<Homeserver, 'api' | 'admin' | 'registrationSecret' | 'stack'>;

/**
 * Creates an account, which `undo` deactivates. Each run creates new accounts: their registration opens a session,
 * while Synapse allows only a few logins.
 */
export async function makeAccount(
  server: Server,
  random: Context['random'],
  undo: Undo,
): Promise<TalkSession> {
  const localpart = `${talkAccountPrefix}${Buffer.from(random(6)).toString('hex')}`;
  const userId = userIdOf(localpart, server.stack.serverName);
  const user = {
    localpart,
    password: generatePassword(random),
    admin: false,
    type: toolAccountType,
  } as const;
  const session = await undo.around(
    async () => {
      const session = await registerSession(server.api, server.registrationSecret, user, ownDevice);
      if (session === undefined) throw new Error(`there was an account ${localpart} already`);
      return session;
    },
    () => ({ what: `deactivate ${userId}`, step: () => endAccount(server, userId) }),
  );
  return { userId, deviceId: session.deviceId, token: new Secret(session.accessToken) };
}

/**
 * Deactivates an account, and removes its sessions, its password and its display name. Its user ID stays taken, as
 * with every account.
 */
async function endAccount({ admin }: Pick<Server, 'admin'>, userId: string): Promise<void> {
  await deactivateAccount(admin, userId, true);
}

/** The age of an account, in milliseconds, from which on no run can still use it. */
const leftAfter = 15 * 60_000;

/** Deactivates the accounts that killed runs have left behind. */
export async function endLeftAccounts({ admin }: Pick<Server, 'admin'>, now: Date): Promise<void> {
  const accounts = await listAccounts(admin, { text: talkAccountPrefix });
  const left = accounts.filter(
    ({ userId, type, createdAt }) =>
      userId.startsWith(talkUserPrefix) &&
      type === toolAccountType &&
      now.getTime() - createdAt.getTime() > leftAfter,
  );
  for (const { userId } of left) await endAccount({ admin }, userId);
}
