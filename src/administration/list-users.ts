import { localpartOf, toolUserId } from '../identifiers/user-id.ts';
import { countRooms, type MediaUse, mediaByUser, noMedia } from '../matrix/account-usage.ts';
import { type Account, type Device, listAccounts, listDevices } from '../matrix/accounts.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { atOnce } from './at-once.ts';

type Server = Pick<Homeserver, 'admin' | 'stack'>;

export interface ListedUser extends Account {
  readonly media: MediaUse;
  /** Absent unless devices are counted. */
  readonly devices?: number;
}

export interface UserQuery {
  /** Part of a user ID or of a display name. */
  readonly text?: string | undefined;
  readonly onlyAdmins: boolean;
  readonly onlyLocked: boolean;
  /** Accounts that are deactivated: left out, listed with the others, or alone. */
  readonly deactivated: 'none' | 'all' | 'only';
  /**
   * Whether to count devices. That takes one request for each user; all other facts take one for five hundred users.
   */
  readonly countDevices: boolean;
}

/** The accounts of people, ordered by user ID, without the tool account. */
export async function listUsers(server: Server, query: UserQuery): Promise<ListedUser[]> {
  const { admin, stack } = server;
  const { text, onlyAdmins, onlyLocked, deactivated } = query;
  const [accounts, media] = await Promise.all([
    listAccounts(admin, {
      text,
      admins: onlyAdmins ? true : undefined,
      deactivated: deactivated !== 'none',
    }),
    // Without `text`: here, Synapse matches it in another way than in its list of accounts.
    mediaByUser(admin),
  ]);
  const users = accounts
    .filter(({ userId }) => userId !== toolUserId(stack.serverName))
    .filter((account) => account.locked || !onlyLocked)
    .filter((account) => account.deactivated || deactivated !== 'only')
    .map((account) => ({ ...account, media: media.get(account.userId) ?? noMedia }));
  return query.countDevices ? withDevices(server, users) : users;
}

/** How many users are looked up at a time: enough to keep Synapse busy, and not enough to delay other requests. */
const width = 8;

async function withDevices({ admin }: Server, users: readonly ListedUser[]): Promise<ListedUser[]> {
  const counts = new Map<string, number>();
  await atOnce(users, width, async ({ userId }) => {
    counts.set(userId, (await listDevices(admin, userId)).length);
  });
  return users.map((user) => ({ ...user, devices: counts.get(user.userId) ?? 0 }));
}

type Comparison = (one: ListedUser, other: ListedUser) => number;

const byText = (textOf: (user: ListedUser) => string): Comparison => {
  const { compare } = new Intl.Collator('en');
  return (one, other) => compare(textOf(one), textOf(other));
};
const byMost = (numberOf: (user: ListedUser) => number): Comparison => {
  return (one, other) => numberOf(other) - numberOf(one);
};

const comparisons = {
  name: byText(({ userId }) => userId),
  'display-name': byText(({ displayName }) => displayName),
  made: byMost(({ createdAt }) => createdAt.getTime()),
  'last-seen': byMost(({ lastSeenAt }) => lastSeenAt?.getTime() ?? 0),
  media: byMost(({ media }) => media.bytes),
  devices: byMost(({ devices = 0 }) => devices),
} satisfies Record<string, Comparison>;

export type UserOrder = keyof typeof comparisons;

/** Sorts names from A to Z, times from the latest, amounts from the largest; `isReversed` reverses the order. */
export function sortUsers(users: readonly ListedUser[], order: UserOrder, isReversed = false): ListedUser[] {
  const sorted = users.toSorted(comparisons[order]);
  return isReversed ? sorted.reverse() : sorted;
}

/** What a user has on this server, beside the account itself. */
export interface UserBelongings {
  readonly devices: Device[];
  readonly media: MediaUse;
  /** How many rooms the user is in. */
  readonly rooms: number;
}

export async function belongingsOf({ admin }: Server, { userId }: Account): Promise<UserBelongings> {
  const localpart = localpartOf(userId);
  const [devices, media, rooms] = await Promise.all([
    listDevices(admin, userId),
    mediaByUser(admin, localpart),
    countRooms(admin, userId),
  ]);
  return { devices, media: media.get(userId) ?? noMedia, rooms };
}
