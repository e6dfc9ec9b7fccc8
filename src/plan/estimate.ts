import type { OperationKind } from './operation.ts';
import type { Plan } from './plan.ts';

/** Seconds that an operation takes on a small server, roughly: measured on two cores with images of the tested set. */
const typicalSeconds: Record<OperationKind, number> = {
  'pull-image': 20,
  'create-secret': 0.1,
  'write-bundle': 0.1,
  'remove-bundle': 0.1,
  'prepare-data': 2,
  'repair-mode': 1,
  'check-configuration': 3,
  'write-file': 0.1,
  'create-container': 0.5,
  'start-service': 1,
  'remove-service': 1,
  provision: 0.3,
  prove: 3,
};

/** How long a plan takes, in seconds: its longest chain, since what does not wait runs side by side. */
export function estimateSeconds(plan: Plan): number {
  const ends = new Map<string, number>();
  for (const { id, kind, after } of plan) {
    const begin = Math.max(0, ...after.map((other) => ends.get(other) ?? 0));
    ends.set(id, begin + typicalSeconds[kind]);
  }
  return Math.round(Math.max(0, ...ends.values()));
}
