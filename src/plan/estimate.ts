import { operationKinds } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/** Seconds that an operation takes on a small server, roughly. */
function secondsOf(operation: Operation): number {
  // Requests wait until it works.
  if (operation.kind === 'start-service' && operation.gate !== undefined) return 5;
  // It is only begun.
  return operation.kind === 'fill-cache' && operation.when === 'after'
    ? 0.3
    : operationKinds[operation.kind].seconds;
}

/** How long a plan takes, in seconds: its longest chain, since what does not wait runs side by side. */
export function estimateSeconds(plan: Plan): number {
  const ends = new Map<string, number>();
  for (const operation of plan) {
    const { id, after } = operation;
    const begin = Math.max(0, ...after.map((other) => ends.get(other) ?? 0));
    ends.set(id, begin + secondsOf(operation));
  }
  return Math.round(Math.max(0, ...ends.values()));
}
