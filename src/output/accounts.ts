import type { Account, Device } from '../matrix/accounts.ts';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

/** A line a user. */
export function describeUsers(accounts: readonly Account[], now: Date, style: Style): string[] {
  const rows = accounts.map((account) => [
    printableLine(account.userId),
    stateOf(account),
    describeAge(account.lastSeenAt, now),
    printableLine(account.displayName),
  ]);
  return withHeader(['USER', 'STATE', 'LAST SEEN', 'NAME'], rows, style);
}

/** Everything of one user. */
export function describeUser(
  account: Account,
  devices: readonly Device[],
  now: Date,
  style: Style,
): string[] {
  const { userId, displayName, emails, createdAt, lastSeenAt } = account;
  const facts = [
    ['  name', printableLine(displayName)],
    ['  state', stateOf(account)],
    ['  email', emails.map(printableLine).join(', ') || 'none'],
    ['  made', describeDay(createdAt)],
    ['  last seen', describeAge(lastSeenAt, now)],
  ];
  return [
    style.bold(printableLine(userId)),
    ...alignColumns(facts),
    '',
    ...describeDevices(devices, now, style),
  ];
}

/** A line a device. */
export function describeDevices(devices: readonly Device[], now: Date, style: Style): string[] {
  if (devices.length === 0) {
    return ['Logged in nowhere.'];
  }
  const rows = devices.map(({ id, name, lastSeenAt, lastSeenAddress }) => [
    printableLine(id),
    describeAge(lastSeenAt, now),
    printableLine(lastSeenAddress),
    printableLine(name),
  ]);
  return withHeader(['DEVICE', 'LAST SEEN', 'FROM', 'NAME'], rows, style);
}

function withHeader(header: string[], rows: string[][], style: Style): string[] {
  const [first = '', ...lines] = alignColumns([header, ...rows]);
  return [style.dim(first), ...lines];
}

function stateOf({ admin, deactivated, locked }: Account): string {
  if (deactivated) {
    return 'deactivated';
  }
  return `${admin ? 'admin' : 'user'}${locked ? ', locked' : ''}`;
}

const hourMilliseconds = 3_600_000;

/** How long ago something was, as far as anybody wants to know: `today`, `3 days ago`, or the day. */
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

function describeDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}
