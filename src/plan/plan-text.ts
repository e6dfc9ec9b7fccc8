import { operationKinds } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/**
 * The plan as text, a line for each operation: `marker resource  cause`, and below it the edit that it would undo.
 * Parts of other operations and health checks are left out.
 */
export function planToLines(plan: Plan): string[] {
  const shown = plan.filter((operation) => isShown(operation, plan));
  const width = Math.max(0, ...shown.map(({ resource }) => resource.length));
  return shown.flatMap((operation) => [
    `${marker(operation)} ${operation.resource.padEnd(width)}  ${operation.cause}`,
    ...driftOf(operation).map((line) => `    ${line}`),
  ]);
}

function isShown({ kind }: Operation, plan: Plan): boolean {
  // The line of the new bundle implies that the old one is removed when the new one works.
  const isReplaced = kind === 'remove-bundle' && plan.some((other) => other.kind === 'write-bundle');
  return ['everywhere', 'in the plan'].includes(operationKinds[kind].shown) && !isReplaced;
}

function driftOf(operation: Operation): readonly string[] {
  return (operation.kind === 'write-file' && operation.drift) || [];
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
