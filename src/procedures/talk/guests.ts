import { talkAccountPrefix } from '../../config/localpart.ts';
import type { Context } from '../../context.ts';
import { deactivateAccount, listAccounts } from '../../matrix/accounts.ts';
import type { ChatDevice } from '../../matrix/chat/encryption.ts';
import type { Homeserver } from '../../matrix/homeserver.ts';
import { ownDevice } from '../../matrix/log-in.ts';
import { registerSession } from '../../matrix/registration.ts';
import { toolAccountType } from '../../matrix/tool-account.ts';
import { generatePassword } from '../../secrets/generate.ts';
import { Secret } from '../../secrets/secret.ts';

/** An account in use for one conversation, with its session. */
export interface Guest extends ChatDevice {
  readonly token: Secret;
}

type Server = Pick<Homeserver, 'api' | 'admin' | 'registrationSecret' | 'stack'>;

/**
 * Makes an account for a moment. A new one each time: the first session of an account is opened with it, while Synapse
 * lets nobody log in often.
 */
export async function makeGuest(
  { api, registrationSecret, stack }: Server,
  random: Context['random'],
): Promise<Guest> {
  const localpart = `${talkAccountPrefix}${Buffer.from(random(6)).toString('hex')}`;
  const user = {
    localpart,
    password: generatePassword(random),
    admin: false,
    type: toolAccountType,
  } as const;
  const session = await registerSession(api, registrationSecret, user, ownDevice);
  if (session === undefined) throw new Error(`there was an account ${localpart} already`);
  return {
    userId: `@${localpart}:${stack.serverName}`,
    deviceId: session.deviceId,
    token: new Secret(session.accessToken),
  };
}

/** Ends an account: its sessions, its password and what it was called. Its name stays taken, as with every account. */
export async function endGuest({ admin }: Pick<Server, 'admin'>, userId: string): Promise<void> {
  await deactivateAccount(admin, userId, true);
}

/** How old an account is, in milliseconds, that no run can still be using. */
const forgottenAfter = 15 * 60_000;

/** Ends the accounts that a run has left which was killed. */
export async function endForgottenGuests({ admin }: Pick<Server, 'admin'>, now: Date): Promise<void> {
  const accounts = await listAccounts(admin, { text: talkAccountPrefix });
  const forgotten = accounts.filter(
    ({ userId, type, createdAt }) =>
      userId.startsWith(`@${talkAccountPrefix}`) &&
      type === toolAccountType &&
      now.getTime() - createdAt.getTime() > forgottenAfter,
  );
  for (const { userId } of forgotten) await endGuest({ admin }, userId);
}
