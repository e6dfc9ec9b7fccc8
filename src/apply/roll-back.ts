import { registry } from '../components/components.ts';
import { parseConfig } from '../config/parse.ts';
import { messageOf, UnhealthyError, UserError } from '../errors.ts';
import { uninterruptible } from '../host/bounds.ts';
import { readIfExists } from '../host/files.ts';
import { layout } from '../layout.ts';
import type { Emit } from '../plan/events.ts';
import type { Plan } from '../plan/plan.ts';
import { planRollback } from '../plan/rollback.ts';
import { type Stack, unlockedStack } from '../stack/stack.ts';
import { readRecord } from '../state/records.ts';
import { refusedConfiguration } from './check-configuration.ts';
import { type Deployment, inDirectory, type PlannedDeployment } from './deployment.ts';
import { createEffects } from './effects.ts';
import { execute } from './execute.ts';

/**
 * Brings the previous version back after a service did not become healthy.
 *
 * @returns the error to throw: the failure, with the result of the rollback in its hint.
 */
export async function rollBack(
  deployment: Deployment,
  { plan, desired, observed }: PlannedDeployment,
  failure: UnhealthyError,
  emit: Emit,
): Promise<UserError> {
  const previous = await previousStack(deployment, desired.stack);
  const rollback = planRollback(plan, observed, previous);
  if (rollback === undefined) {
    if (!observed.isInstalled || isNew(plan, failure.service)) {
      // Otherwise the engine would restart it forever.
      await endService(deployment, desired.stack.project, failure.service, 'stop');
    }
    return withoutWayBack(failure);
  }
  emit({ type: 'note', text: 'bringing the previous version back' });
  const written = await readRecord(inDirectory(deployment, layout.written));
  try {
    // Kills it at once: while a service starts, it ignores SIGTERM until the grace period ends.
    await endService(deployment, desired.stack.project, failure.service, 'remove');
    await execute(
      rollback,
      createEffects(deployment, { ...desired, stack: previous }, { ...observed, written }, { emit }),
      // A partial rollback would leave a mix of versions.
      { emit, clock: deployment.clock, interrupt: uninterruptible },
    );
    const remedy = failure.hint ?? `Fix ${layout.config}.`;
    return withHint(
      failure,
      `The previous version serves again. ${remedy} Then run \`matrix-deploy apply\`.`,
    );
  } catch (error) {
    const hints = [failure.hint, error instanceof UserError ? error.hint : undefined];
    return withHint(
      failure,
      [`The previous version did not come back either: ${messageOf(error)}.`, ...new Set(hints)]
        .filter((part) => part !== undefined)
        .join(' '),
    );
  }
}

/** The stack that served before, by its own names: the names in the new configuration may differ. */
async function previousStack(deployment: Deployment, otherwise: Stack): Promise<Stack> {
  try {
    const text = await readIfExists(inDirectory(deployment, layout.applied));
    return text === undefined ? otherwise : unlockedStack(parseConfig(text, deployment.config[registry]));
  } catch {
    return otherwise;
  }
}

function isNew(plan: Plan, service: string): boolean {
  return plan.some(
    (operation) =>
      operation.kind === 'start-service' && operation.service === service && operation.change === 'create',
  );
}

async function endService(
  deployment: Deployment,
  project: string,
  name: string,
  how: 'stop' | 'remove',
): Promise<void> {
  const engine = deployment.engine.until(uninterruptible);
  const containers = await engine.containers(project);
  const failed = containers.filter(({ service }) => service === name);
  await Promise.all(failed.map(({ id }) => engine[how](id)));
}

function withoutWayBack(failure: UnhealthyError): UserError {
  return failure.refusal === undefined
    ? withHint(
        failure,
        `${failure.hint ?? 'Fix the cause.'} Then run \`matrix-deploy apply\`: it continues where this stopped.`,
      )
    : refusedConfiguration(failure.service, failure.refusal, 'It continues where this stopped.');
}

function withHint(failure: UnhealthyError, hint: string): UnhealthyError {
  const { message, code, details, cause, service, refusal, hint: remedy } = failure;
  return new UnhealthyError(message, { code, details, cause, service, refusal, remedy, hint });
}
