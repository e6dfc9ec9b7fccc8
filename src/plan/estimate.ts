import { operationKinds } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/** Seconds that an operation takes on a small server, roughly. */
function secondsOf(operation: Operation): number {
  // Such a start includes the wait until the service works.
  if (operation.kind === 'start-service' && operation.gate !== undefined) return 5;
  // The operation starts a job and does not wait for its end.
  return operation.kind === 'fill-cache' && operation.when === 'after'
    ? 0.3
    : operationKinds[operation.kind].seconds;
}

/**
 * The estimated duration of a plan in seconds: that of its longest chain, since operations that do not depend on each
 * other run in parallel.
 */
export function estimateSeconds(plan: Plan): number {
  const ends = new Map<string, number>();
  for (const operation of plan) {
    const { id, after } = operation;
    const begin = Math.max(0, ...after.map((other) => ends.get(other) ?? 0));
    ends.set(id, begin + secondsOf(operation));
  }
  return Math.round(Math.max(0, ...ends.values()));
}
