import type { ListedUser, UserBelongings } from '../administration/list-users.ts';
import type { MediaUse } from '../matrix/account-usage.ts';
import type { Account, Device } from '../matrix/accounts.ts';
import { printable } from '../printable.ts';
import { describeDay } from './moments.ts';
import { alignColumns, type Table, withHeader } from './table.ts';
import { describeBytes } from './wording.ts';

/** One line for each user, named as in commands: by the localpart, since the server name is the same for all. */
export function describeUsers(users: readonly ListedUser[], table: Table): string[] {
  if (users.length === 0) {
    return ['Nobody.'];
  }
  const counted = users.some(({ devices }) => devices !== undefined);
  const rows = users.map((user) => [
    printable(user.userId).replace(/^@(.*?):.*$/, '$1'),
    stateOf(user),
    describeAge(user.lastSeenAt, table.now),
    ...(counted ? [String(user.devices)] : []),
    describeMedia(user.media),
    printable(user.displayName),
  ]);
  return withHeader(
    ['USER', 'STATE', 'LAST SEEN', ...(counted ? ['DEVICES'] : []), 'MEDIA', 'NAME'],
    rows,
    table,
  );
}

/** All facts about one user. */
export function describeUser(
  { userId, displayName, emails = [], createdAt, lastSeenAt, ...account }: Account,
  { devices, media, rooms }: UserBelongings,
  table: Table,
): string[] {
  const facts = [
    ['  name', printable(displayName) || 'none'],
    ['  state', stateOf(account)],
    ['  email', emails.map(printable).join(', ') || 'none'],
    ['  made', describeDay(createdAt)],
    ['  last seen', describeAge(lastSeenAt, table.now)],
    ['  media', describeMedia(media)],
    ['  rooms', String(rooms)],
  ];
  return [
    table.style.bold(printable(userId)),
    ...alignColumns(facts),
    '',
    ...describeDevices(devices, table),
  ];
}

/** One line for each device. */
export function describeDevices(devices: readonly Device[], table: Table): string[] {
  if (devices.length === 0) {
    return ['Logged in nowhere.'];
  }
  const rows = devices.map(({ id, name, lastSeenAt, lastSeenAddress }) => [
    printable(id),
    describeAge(lastSeenAt, table.now),
    printable(lastSeenAddress),
    printable(name),
  ]);
  return withHeader(['DEVICE', 'LAST SEEN', 'FROM', 'NAME'], rows, table);
}

function stateOf({ admin, deactivated, locked }: Pick<Account, 'admin' | 'deactivated' | 'locked'>): string {
  if (deactivated) {
    return 'deactivated';
  }
  return `${admin ? 'admin' : 'user'}${locked ? ', locked' : ''}`;
}

function describeMedia({ files, bytes }: MediaUse): string {
  return files === 0 ? 'none' : `${describeBytes(bytes)} in ${files}`;
}

const hourMilliseconds = 3_600_000;

/** How long ago something was: `just now`, `5 h ago`, `3 days ago`, or the day if it was 30 days ago or more. */
function describeAge(time: Date | undefined, now: Date): string {
  if (time === undefined) {
    return 'never';
  }
  const hours = (now.getTime() - time.getTime()) / hourMilliseconds;
  if (hours < 1) {
    return 'just now';
  }
  if (hours < 48) {
    return `${Math.floor(hours)} h ago`;
  }
  return hours < 30 * 24 ? `${Math.floor(hours / 24)} days ago` : describeDay(time);
}
