import type { Operation, OperationKind } from './operation.ts';
import type { Plan } from './plan.ts';

/** Seconds that an operation takes on a small server, roughly: measured on two cores with images of the tested set. */
const typicalSeconds: Record<OperationKind, number> = {
  'pull-image': 20,
  'create-secret': 0.1,
  'write-bundle': 0.1,
  'remove-bundle': 0.1,
  'give-certificate': 0.1,
  'remove-certificate': 0.1,
  'prepare-data': 2,
  'repair-access': 0.1,
  'repair-mode': 1,
  'fill-cache': 4,
  'check-configuration': 3,
  'write-file': 0.1,
  'create-container': 0.5,
  'start-service': 1,
  'leave-network': 0.2,
  'admit-service': 0.5,
  'remove-network': 0.5,
  'remove-service': 1,
  provision: 0.3,
  prove: 3,
};

function secondsOf(operation: Operation): number {
  // Requests wait until it works.
  if (operation.kind === 'start-service' && operation.gate !== undefined) return 5;
  // It is only begun.
  return operation.kind === 'fill-cache' && operation.when === 'after' ? 0.3 : typicalSeconds[operation.kind];
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
