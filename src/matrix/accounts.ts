import * as z from 'zod';
import { type Api, accepted, isRefusedWith } from './api.ts';
import { pagesOf } from './pages.ts';

/** An account as Synapse's admin API describes it (its docs/admin_api/user_admin_api.md). */
export interface Account {
  readonly userId: string;
  readonly displayName: string;
  readonly admin: boolean;
  readonly deactivated: boolean;
  readonly locked: boolean;
  /** Synapse's type of an account that belongs to no person. Absent for a person. */
  readonly type?: string;
  readonly createdAt: Date;
  /** `undefined` when nobody has ever been logged in. */
  readonly lastSeenAt: Date | undefined;
  /** Absent in a list of accounts: only the answer about a single account has it. */
  readonly emails?: readonly string[];
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly lastSeenAt: Date | undefined;
  readonly lastSeenAddress: string;
}

export interface AccountQuery {
  /** Part of a user ID or of a display name. */
  readonly text?: string | undefined;
  /** `true` for admins only, `false` for other users only; all users when absent. */
  readonly admins?: boolean | undefined;
  /** Whether to include deactivated accounts. */
  readonly deactivated?: boolean;
}

export interface AccountChanges {
  readonly password?: string;
  readonly logout_devices?: boolean;
  readonly admin?: boolean;
  readonly locked?: boolean;
  readonly threepids?: readonly { readonly medium: 'email'; readonly address: string }[];
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
// Older rows of Synapse's database have 0 and 1.
const flag = z.coerce.boolean().default(false);
const time = z
  .number()
  .nullish()
  .transform((value) => (value ? new Date(value) : undefined));
// In seconds for a single account, in milliseconds in a list.
const creation = z.number().transform((value) => new Date(value < 1e11 ? value * 1000 : value));

const account = z
  .object({
    name: z.string(),
    displayname: text,
    admin: flag,
    deactivated: flag,
    locked: flag,
    user_type: z.string().nullish(),
    creation_ts: creation,
    last_seen_ts: time,
    threepids: z.array(z.object({ medium: z.string(), address: z.string() })).optional(),
  })
  .transform(
    ({ name, displayname, user_type, creation_ts, last_seen_ts, threepids, ...flags }): Account => ({
      userId: name,
      displayName: displayname,
      ...flags,
      ...(user_type && { type: user_type }),
      createdAt: creation_ts,
      lastSeenAt: last_seen_ts,
      ...(threepids && { emails: emailsAmong(threepids) }),
    }),
  );

function emailsAmong(threepids: readonly { medium: string; address: string }[]): string[] {
  return threepids.filter(({ medium }) => medium === 'email').map(({ address }) => address);
}

const accountPage = z.object({ users: z.array(account) });

const devices = z.object({
  devices: z.array(
    z.object({ device_id: z.string(), display_name: text, last_seen_ts: time, last_seen_ip: text }).transform(
      ({ device_id, display_name, last_seen_ts, last_seen_ip }): Device => ({
        id: device_id,
        name: display_name,
        lastSeenAt: last_seen_ts,
        lastSeenAddress: last_seen_ip,
      }),
    ),
  ),
});

/** All accounts that match, including locked ones, ordered by user ID. */
export async function listAccounts(
  admin: Api,
  { text, admins, deactivated = false }: AccountQuery,
): Promise<Account[]> {
  const pages = pagesOf(
    admin,
    {
      path: '/_synapse/admin/v2/users',
      query: {
        // Any other order may change between two pages.
        order_by: 'name',
        guests: 'false',
        locked: 'true',
        deactivated: String(deactivated),
        ...(text === undefined ? {} : { name: text }),
        ...(admins === undefined ? {} : { admins: String(admins) }),
      },
      page: accountPage,
    },
    'list its users',
  );
  const found: Account[] = [];
  for await (const { users } of pages) {
    found.push(...users);
  }
  return found;
}

/** The account of a user ID, if there is one. */
export async function findAccount(admin: Api, userId: string): Promise<Account | undefined> {
  const answer = await admin({ method: 'GET', path: userPath(userId) });
  return isRefusedWith(answer, 'M_NOT_FOUND')
    ? undefined
    : account.parse(accepted(answer, `tell of ${userId}`));
}

/**
 * Changes an account.
 *
 * @param userId of an existing account: Synapse would create a missing one.
 */
export async function changeAccount(admin: Api, userId: string, changes: AccountChanges): Promise<void> {
  const answer = await admin({ method: 'PUT', path: userPath(userId), body: changes });
  accepted(answer, `change ${userId}`);
}

/** Deactivates an account permanently: nobody can log in to it, and its user ID cannot be registered again. */
export async function deactivateAccount(admin: Api, userId: string, erase: boolean): Promise<void> {
  const path = `/_synapse/admin/v1/deactivate/${encodeURIComponent(userId)}`;
  accepted(await admin({ method: 'POST', path, body: { erase } }), `deactivate ${userId}`);
}

/** The devices that an account is logged in on. */
export async function listDevices(admin: Api, userId: string): Promise<Device[]> {
  const answer = await admin({ method: 'GET', path: `${userPath(userId)}/devices` });
  return devices.parse(accepted(answer, `list the devices of ${userId}`)).devices;
}

/** Logs an account out on some of its devices. */
export async function logOutDevices(admin: Api, userId: string, ids: readonly string[]): Promise<void> {
  const path = `${userPath(userId)}/delete_devices`;
  accepted(await admin({ method: 'POST', path, body: { devices: ids } }), `log out ${userId}`);
}

/** The user ID of the owner of an email address; `undefined` when no user has the address. */
export async function ownerOfEmail(admin: Api, address: string): Promise<string | undefined> {
  const path = `/_synapse/admin/v1/threepid/email/users/${encodeURIComponent(address)}`;
  const answer = await admin({ method: 'GET', path });
  return isRefusedWith(answer, 'M_NOT_FOUND')
    ? undefined
    : String(accepted(answer, 'tell whose an address is').user_id);
}

function userPath(userId: string): string {
  return `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`;
}
