import { localpartIn, localpartProblem } from '../config/localpart.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { registerUser } from '../matrix/registration.ts';
import type { Secret } from '../secrets/secret.ts';
import { type Invitation, inviteTo } from '../stack/invitation.ts';

export interface UserRequest {
  readonly localpart: string;
  readonly admin: boolean;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  /** Is it good enough that there is such a user already? */
  readonly existsOk: boolean;
  readonly password: Secret;
}

export interface AddUserResult extends Invitation {
  /** `false` when the user was there before; nothing of it was changed then. */
  readonly created: boolean;
  /** Was an admin made? */
  readonly admin: boolean;
}

/**
 * A name for a new user, if it can be one.
 *
 * @throws UsageError with the rule, and the name that was probably meant.
 */
export function checkLocalpart(name: string): string {
  const problem = localpartProblem(name);
  if (problem === undefined) {
    return name;
  }
  const meant = localpartIn(name);
  throw new UsageError(`the name ${JSON.stringify(name)} ${problem}`, {
    code: 'usage.localpart',
    hint: meant === undefined ? undefined : `Did you mean ${meant}?`,
  });
}

/**
 * Makes a user who is not there yet.
 *
 * @throws UserError when there is such a user, and that is not good enough; nothing is changed then.
 */
export async function addUser(server: Homeserver, request: UserRequest): Promise<AddUserResult> {
  const { localpart, admin, existsOk } = request;
  const invitation = inviteTo(server.stack, localpart);
  const created = await ensureUser(server, invitation.userId, request);
  if (!created && !existsOk) {
    throw new UserError(`there is a user ${invitation.userId} already`, {
      code: 'user.exists',
      hint: `Nothing was changed. See \`matrix-deploy users show ${localpart}\`; with --exists-ok this is no error.`,
    });
  }
  return { created, admin: created && admin, ...invitation };
}

/** @returns whether the user had to be made */
async function ensureUser(server: Homeserver, userId: string, request: UserRequest): Promise<boolean> {
  const { api, admin, registrationSecret } = server;
  const { email } = request;
  if (email !== undefined) {
    await refuseTakenEmail(server, email, userId);
  }
  const registration = await registerUser(api, registrationSecret, {
    localpart: request.localpart,
    password: request.password,
    admin: request.admin,
    displayName: request.displayName,
  });
  if (registration === 'created' && email !== undefined) {
    const { changeAccount } = await accounts();
    await changeAccount(admin, userId, { threepids: [{ medium: 'email', address: email }] });
  }
  return registration === 'created';
}

/**
 * Synapse would take an address away from whoever has it.
 *
 * @throws UserError when it is that of somebody else than the user.
 */
export async function refuseTakenEmail(
  { admin }: Pick<Homeserver, 'admin'>,
  email: string,
  userId: string,
): Promise<void> {
  const { ownerOfEmail } = await accounts();
  const owner = await ownerOfEmail(admin, email);
  if (owner !== undefined && owner !== userId) {
    throw new UserError(`the email address ${email} is that of ${owner}`, {
      code: 'user.email',
      hint: 'No user was made. Give another --email, or none.',
    });
  }
}

// Loads the schemas of what an admin is told, which most users are made without.
function accounts() {
  return import('../matrix/accounts.ts');
}
