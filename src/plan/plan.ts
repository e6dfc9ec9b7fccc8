import { fingerprintKey } from '../secrets/fingerprint.ts';
import { operationKinds } from './kinds.ts';
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
      !['fill-cache', 'prove'].includes(operation.kind) && !('again' in operation && operation.again),
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

/** The plan as text, a line an operation: `marker resource  cause`, and below it the edit that it would undo. What is only a part of another, and what proves the result, is left out. */
export function planToLines(plan: Plan): string[] {
  const shown = plan.filter((operation) => isShown(operation, plan));
  const width = Math.max(0, ...shown.map(({ resource }) => resource.length));
  return shown.flatMap((operation) => [
    `${marker(operation)} ${operation.resource.padEnd(width)}  ${operation.cause}`,
    ...driftOf(operation).map((line) => `    ${line}`),
  ]);
}

function isShown({ kind }: Operation, plan: Plan): boolean {
  // What is replaced goes when its successor works.
  const isReplaced = kind === 'remove-bundle' && plan.some((other) => other.kind === 'write-bundle');
  return ['everywhere', 'in the plan'].includes(operationKinds[kind].shown) && !isReplaced;
}

function driftOf(operation: Operation): readonly string[] {
  return (operation.kind === 'write-file' && operation.drift) || [];
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

/** The plan as it stands in `--json`. */
export function planToJson(plan: Plan) {
  return plan.map((operation) => ({
    id: operation.id,
    kind: operation.kind,
    resource: operation.resource,
    cause: operation.cause,
    change: 'change' in operation ? operation.change : undefined,
    drift: 'drift' in operation ? operation.drift : undefined,
    after: operation.after,
  }));
}

/** `+` new, `~` changed, `-` removed, `?` looked at, `!` a hand edit that would be lost. */
function marker(operation: Operation): string {
  if (!('change' in operation)) {
    return operationKinds[operation.kind].marker;
  }
  const byChange = { create: '+', update: '~', recreate: '~', start: '~', overwrite: '!' } as const;
  return byChange[operation.change];
}
