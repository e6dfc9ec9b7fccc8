import { UsageError, UserError } from '../errors.ts';
import { serverOf, toolUserId, userIdOf } from '../identifiers/user-id.ts';
import {
  type Account,
  changeAccount,
  type Device,
  deactivateAccount,
  findAccount,
  listAccounts,
  listDevices,
  logOutDevices,
} from '../matrix/accounts.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import type { Secret } from '../secrets/secret.ts';

type Server = Pick<Homeserver, 'admin' | 'stack'>;

/**
 * Finds the account of a name or a user ID.
 *
 * @throws UsageError for a user of another server and for the tool account, UserError when there is no such account.
 */
export async function requireUser({ admin, stack }: Server, named: string): Promise<Account> {
  const userId = named.startsWith('@') ? named : userIdOf(named, stack.serverName);
  if (serverOf(userId) !== stack.serverName) {
    throw new UsageError(`${userId} is a user of another server; this one is ${stack.serverName}`, {
      code: 'usage.user',
    });
  }
  if (userId === toolUserId(stack.serverName)) {
    throw new UsageError(`${userId} is the account that matrix-deploy itself works with`, {
      code: 'usage.user',
      hint: 'To end its session: `matrix-deploy users revoke-tool-session`.',
    });
  }
  const account = await findAccount(admin, userId);
  if (account === undefined) {
    throw new UserError(`there is no user ${userId}`, {
      code: 'user.missing',
      hint: 'Nothing was changed. See `matrix-deploy users list`.',
    });
  }
  return account;
}

/**
 * Gives a user the rights of an admin, or takes them away.
 *
 * @param force takes them even from the last admin
 * @returns whether anything was changed
 * @throws UserError when no other admin would be left, or when a deactivated user would become an admin.
 */
export async function setAdmin(
  server: Server,
  account: Account,
  to: boolean,
  force = false,
): Promise<boolean> {
  if (to && !account.admin) {
    refuseDeactivated(account);
  }
  return setFlag(server, account, { flag: 'admin', to, costsAnAdmin: !to, force });
}

/**
 * Locks an account, or unlocks it. Nothing of the account is deleted.
 *
 * @param force locks even the last admin
 * @returns whether anything was changed
 * @throws UserError when no other admin would be left, or when the account is deactivated.
 */
export async function setLocked(
  server: Server,
  account: Account,
  to: boolean,
  force = false,
): Promise<boolean> {
  refuseDeactivated(account);
  return setFlag(server, account, { flag: 'locked', to, costsAnAdmin: to, force });
}

interface FlagChange {
  readonly flag: 'admin' | 'locked';
  readonly to: boolean;
  /** Whether the change leaves one active admin less, if the account is an active admin. */
  readonly costsAnAdmin: boolean;
  readonly force: boolean;
}

/** @returns whether anything was changed */
async function setFlag(
  server: Server,
  account: Account,
  { flag, to, costsAnAdmin, force }: FlagChange,
): Promise<boolean> {
  if (account[flag] === to) {
    return false;
  }
  if (costsAnAdmin && !force) {
    await refuseLastAdmin(server, account);
  }
  await changeAccount(server.admin, account.userId, { [flag]: to });
  return true;
}

/** Gives a user another password. */
export async function setPassword(
  { admin }: Server,
  account: Account,
  password: Secret,
  logOut: boolean,
): Promise<void> {
  refuseDeactivated(account);
  await changeAccount(admin, account.userId, { password: password.reveal(), logout_devices: logOut });
}

/**
 * Deactivates an account permanently.
 *
 * @param erase whether to hide its messages from users who join its rooms later
 * @returns `false` when the account is deactivated already and nothing is to be erased
 * @throws UserError when no other admin would be left.
 */
export async function deactivate(
  server: Server,
  account: Account,
  { erase, force }: { erase: boolean; force: boolean },
): Promise<boolean> {
  if (account.deactivated && !erase) {
    return false;
  }
  if (!force) {
    await refuseLastAdmin(server, account);
  }
  await deactivateAccount(server.admin, account.userId, erase);
  return true;
}

/** Logs a user out on one device, or on all of them. */
export async function logOut({ admin }: Server, account: Account, device?: string): Promise<Device[]> {
  const devices = await listDevices(admin, account.userId);
  const meant = devices.filter(({ id }) => device === undefined || id === device);
  if (device !== undefined && meant.length === 0) {
    throw new UserError(`${account.userId} has no device ${device}`, {
      code: 'user.device',
      details: devices.map(({ id, name }) => `${id} ${name}`),
      hint: 'Nothing was changed.',
    });
  }
  if (meant.length > 0) {
    await logOutDevices(
      admin,
      account.userId,
      meant.map(({ id }) => id),
    );
  }
  return meant;
}

function refuseDeactivated({ userId, deactivated }: Account): void {
  if (deactivated) {
    throw new UserError(`${userId} is deactivated permanently`, {
      code: 'user.deactivated',
      hint: 'Nothing was changed. Make another user: `matrix-deploy add-user`.',
    });
  }
}

async function refuseLastAdmin(server: Server, account: Account): Promise<void> {
  const { userId } = account;
  if (!isActiveAdmin(account)) {
    return;
  }
  const others = (await activeAdmins(server)).filter((one) => one.userId !== userId);
  if (others.length === 0) {
    throw new UserError(`${userId} is the last admin`, {
      code: 'user.last-admin',
      hint: 'Nothing was changed. Make another one first (`matrix-deploy users promote`), or add --force.',
    });
  }
}

/** The admins whose accounts are neither deactivated nor locked, without the tool account. */
export async function activeAdmins({ admin, stack }: Server): Promise<Account[]> {
  const admins = await listAccounts(admin, { admins: true });
  return admins.filter((one) => one.userId !== toolUserId(stack.serverName) && isActiveAdmin(one));
}

function isActiveAdmin({ admin, deactivated, locked }: Account): boolean {
  return admin && !deactivated && !locked;
}
