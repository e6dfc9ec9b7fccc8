import { fingerprintKey } from '../secrets/fingerprint.ts';
import type { Operation } from './operation.ts';

/** What will be done, in an order in which it can be done; operations run side by side where `after` allows it. */
export type Plan = readonly Operation[];

/** True for the plan of an unchanged deployment. */
export function isEmpty(plan: Plan): boolean {
  return plan.length === 0;
}

/**
 * Given the plan that is made after an apply: the operations that the apply has failed to do. Left out are caches,
 * which are filled in the background, health checks, and starts whose only cause is a provision that is created
 * again: the service was seen to work with it, though nobody has used it yet.
 */
export function unfinished(plan: Plan): Plan {
  return plan.filter(
    (operation) =>
      !['fill-cache', 'probe'].includes(operation.kind) && !('again' in operation && operation.again),
  );
}

/**
 * The part of a plan that must be done before the rest can be planned: an image's digest is known once it is pulled,
 * and a fingerprint once there is a key.
 */
export function acquisitions(plan: Plan): Plan {
  return plan
    .filter(
      (operation) =>
        operation.kind === 'pull-image' ||
        (operation.kind === 'create-secret' && operation.secret.name === fingerprintKey.name),
    )
    .map((operation) => ({ ...operation, after: [] }));
}

/** Files that somebody edited by hand and that the plan would overwrite. */
export function overwrittenFiles(plan: Plan): string[] {
  return plan.flatMap((operation) =>
    'change' in operation && operation.change === 'overwrite' ? [operation.resource] : [],
  );
}

/** The changes made by hand to containers, by service. */
export function changedByHand(
  plan: Plan,
): { readonly service: string; readonly differences: readonly string[] }[] {
  return plan.flatMap((operation) =>
    'drift' in operation && 'service' in operation && operation.drift !== undefined
      ? [{ service: operation.service, differences: operation.drift }]
      : [],
  );
}
