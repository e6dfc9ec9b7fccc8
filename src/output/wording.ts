import { operationKinds } from '../plan/kinds.ts';
import type { Operation } from '../plan/operation.ts';
import type { Count } from './reporter.ts';

/** What an operation is doing, as the operator would say it. */
export function describeOperation(operation: Operation): string {
  const { kind, resource } = operation;
  const { verb } = operationKinds[kind];
  switch (kind) {
    case 'prepare-data':
      return operation.data.initialise === undefined ? `${verb} ${resource}` : `initialise ${resource}`;
    case 'fill-cache':
      return operation.when === 'before'
        ? `${verb} ${operation.cache.name}`
        : `begin to ${verb} ${operation.cache.name}`;
    case 'start-service':
      return `${operation.change} ${resource}`;
    case 'provision':
      return operation.change === 'update' ? `give ${resource} its secret` : `${verb} ${resource}`;
    case 'probe':
      return `${verb} ${resource} ${operation.cause}`;
    default:
      return `${verb} ${resource}`;
  }
}

/** What an operation has done. */
export function describeResult(operation: Operation): string {
  return operation.kind === 'probe'
    ? `${operation.resource} ${operation.cause}`
    : describeOperation(operation);
}

/** Whether the end of an operation is reported. */
export function isWorthALine({ kind }: Operation): boolean {
  return ['everywhere', 'when it is done'].includes(operationKinds[kind].shown);
}

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

/** The progress, and the expected time for all items at this pace: `12 of 250 · 1.8 s of about 37 s`. */
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
