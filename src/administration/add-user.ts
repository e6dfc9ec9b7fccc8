import { messageOf, UsageError, UserError } from '../errors.ts';
import { localpartIn, localpartProblem } from '../identifiers/localpart.ts';
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

/** A user who was asked for, and what could not be done for one who is made: to be thrown once the password is told. */
export interface AddedUser {
  readonly user: AddUserResult;
  readonly failure: UserError | undefined;
}

/**
 * Makes a user who is not there yet.
 *
 * @throws UserError when there is such a user, and that is not good enough; nothing is changed then.
 */
export async function addUser(server: Homeserver, request: UserRequest): Promise<AddedUser> {
  const { localpart, admin, existsOk, email } = request;
  const invitation = inviteTo(server.stack, localpart);
  const { userId } = invitation;
  if (email !== undefined) {
    await refuseTakenEmail(server, email, userId);
  }
  const created = await ensureUser(server, request);
  if (!created && !existsOk) {
    throw new UserError(`there is a user ${userId} already`, {
      code: 'user.exists',
      hint: `Nothing was changed. See \`matrix-deploy users show ${localpart}\`; with --exists-ok this is no error.`,
    });
  }
  const failure = created && email !== undefined ? await giveEmail(server, userId, email) : undefined;
  return { user: { created, admin: created && admin, ...invitation }, failure };
}

/** @returns whether the user had to be made */
async function ensureUser(
  { api, registrationSecret }: Homeserver,
  { localpart, password, admin, displayName }: UserRequest,
): Promise<boolean> {
  const user = { localpart, password, admin, displayName };
  return (await registerUser(api, registrationSecret, user)) === 'created';
}

/** @returns why a new user does not have the address, where that is so */
async function giveEmail(
  { admin }: Homeserver,
  userId: string,
  address: string,
): Promise<UserError | undefined> {
  try {
    const { changeAccount } = await accounts();
    await changeAccount(admin, userId, { threepids: [{ medium: 'email', address }] });
    return undefined;
  } catch (cause) {
    return new UserError(`${userId} is created, but without the email address: ${messageOf(cause)}`, {
      code: 'user.email',
      hint: 'The account is as told above. The person can add the address in the settings of an app.',
      cause,
    });
  }
}

/**
 * Synapse would take an address away from its present owner.
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
      hint: 'No user was created. Give another --email, or none.',
    });
  }
}

// Loads the schemas of what an admin is told, which most users are made without.
function accounts() {
  return import('../matrix/accounts.ts');
}
