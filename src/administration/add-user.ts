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
  /** Whether an existing user of that name is no error. */
  readonly existsOk: boolean;
  readonly password: Secret;
}

export interface AddUserResult extends Invitation {
  /** `false` when the user existed before; then nothing of the account was changed. */
  readonly created: boolean;
  /** Whether an admin was created. */
  readonly admin: boolean;
}

/**
 * Checks a name for a new user.
 *
 * @returns the name
 * @throws UsageError with the rule that the name breaks, and with a suggestion if there is one.
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
 * The requested user, and a failure after the creation. The caller throws the failure once it has shown the password.
 */
export interface AddedUser {
  readonly user: AddUserResult;
  readonly failure: UserError | undefined;
}

/**
 * Creates a user who does not exist yet.
 *
 * @throws UserError when the user exists and `existsOk` is false, or when the email address belongs to another user.
 * Then nothing is changed.
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

/** @returns whether the user was created */
async function ensureUser(
  { api, registrationSecret }: Homeserver,
  { localpart, password, admin, displayName }: UserRequest,
): Promise<boolean> {
  const user = { localpart, password, admin, displayName };
  return (await registerUser(api, registrationSecret, user)) === 'created';
}

/** @returns the error when the new user could not get the email address */
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
      hint: 'The account can be used. Its user can add the address in the settings of an app.',
      cause,
    });
  }
}

/**
 * Refuses an email address of another user: Synapse would take it away from that user.
 *
 * @throws UserError when the address belongs to another user.
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

// Loaded when needed, with the schemas of the admin API: most users are created without them.
function accounts() {
  return import('../matrix/accounts.ts');
}
