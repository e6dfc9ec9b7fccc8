import { fingerprintKey } from '../secrets/fingerprint.ts';
import type { Operation } from './operation.ts';

/** What will be done, in an order in which it can be done; operations run side by side where `after` allows it. */
export type Plan = readonly Operation[];

/** The plan of an unchanged deployment. */
export function isEmpty(plan: Plan): boolean {
  return plan.length === 0;
}

/**
 * What of a plan that is decided upon after an apply the apply has failed to do. A cache is filled beside what serves, and
 * later; and what was seen to work need not begin again, though nobody has used it yet.
 */
export function unfinished(plan: Plan): Plan {
  return plan.filter(
    (operation) =>
      !['fill-cache', 'probe'].includes(operation.kind) && !('again' in operation && operation.again),
  );
}

/** The part of a plan that must be done before the rest can be known: only pulling tells an image's digest, and only a key a fingerprint. */
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

/** By service, what somebody changed on the containers themselves. */
export function changedByHand(
  plan: Plan,
): { readonly service: string; readonly differences: readonly string[] }[] {
  return plan.flatMap((operation) =>
    'drift' in operation && 'service' in operation && operation.drift !== undefined
      ? [{ service: operation.service, differences: operation.drift }]
      : [],
  );
}
