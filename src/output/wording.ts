import type { Operation, OperationKind } from '../plan/operation.ts';
import type { Count } from './reporter.ts';

/** What an operation is doing, as the operator would say it. */
export function describeOperation(operation: Operation): string {
  const { resource } = operation;
  switch (operation.kind) {
    case 'pull-image':
      return `pull ${resource}`;
    case 'create-secret':
      return `create ${resource}`;
    case 'write-bundle':
    case 'give-certificate':
      return `write ${resource}`;
    case 'remove-bundle':
    case 'remove-certificate':
      return `remove ${resource}`;
    case 'prepare-data':
      return operation.data.initialise === undefined ? `create ${resource}` : `initialise ${resource}`;
    case 'repair-access':
    case 'repair-mode':
      return `repair ${resource}`;
    case 'fill-cache':
      return operation.when === 'before'
        ? `write ${operation.cache.name}`
        : `begin to write ${operation.cache.name}`;
    case 'check-configuration':
      return `check ${resource}`;
    case 'write-file':
      return `write ${resource}`;
    case 'create-container':
      return `create ${resource}`;
    case 'start-service':
      return `${operation.change} ${resource}`;
    case 'leave-network':
      return `disconnect ${resource}`;
    case 'admit-service':
      return `connect ${resource}`;
    case 'remove-network':
    case 'remove-service':
      return `remove ${resource}`;
    case 'provision':
      return operation.change === 'update' ? `give ${resource} its secret` : `create ${resource}`;
    case 'prove':
      return `wait until ${resource} ${operation.cause}`;
  }
}

/** What an operation has done. */
export function describeResult(operation: Operation): string {
  return operation.kind === 'prove'
    ? `${operation.resource} ${operation.cause}`
    : describeOperation(operation);
}

/** Small things that are done at once, and parts of others, are not worth a line each. */
export function isWorthALine({ kind }: Operation): boolean {
  return !small.has(kind);
}

const small: ReadonlySet<OperationKind> = new Set([
  'create-secret',
  'write-bundle',
  'remove-bundle',
  'write-file',
  'create-container',
]);

/** A duration as a person reads it: `0.4 s`, `12 s`, `2 min 5 s`. */
export function describeSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An amount of data as a person reads it: `12 kB`, `3.4 MB`. */
export function describeBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  let [amount, unit] = [bytes / 1000, 0];
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount < 10 && unit > 0 ? amount.toFixed(1) : Math.ceil(amount)} ${units[unit]}`;
}

/** How far something has come, and how long all of it takes at this pace: `12 of 250 · 1.8 s of about 37 s`. */
export function describeCount({ done, all, milliseconds }: Count): string {
  const whole = describeSeconds((milliseconds * all) / done);
  const timing =
    done === all ? describeSeconds(milliseconds) : `${describeSeconds(milliseconds)} of about ${whole}`;
  return `${done} of ${all} · ${timing}`;
}

/** `1 user`, `12 users`. */
export function countOf(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
