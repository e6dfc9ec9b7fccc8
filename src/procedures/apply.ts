import type { Deployment } from '../apply/deployment.ts';
import type { Warning } from '../components/warning.ts';
import type { Context } from '../context.ts';
import type { Emit } from '../plan/events.ts';
import type { Plan } from '../plan/plan.ts';
import { type BringUpOptions, bringUp } from './bring-up.ts';
import { changeDeployment } from './change-deployment.ts';
import { warningsOfPlan } from './warn.ts';

interface ApplyOptions extends Omit<BringUpOptions, 'onPlanned' | 'interrupt'> {
  /** Called with the warnings about the plan before it is carried out. */
  onWarnings(warnings: readonly Warning[], emit: Emit): void;
}

/**
 * Brings a deployment up, as `bringUp` does, while no other run changes it.
 *
 * @returns the operations that were done
 */
export function applySettings(
  context: Context,
  deployment: Deployment,
  { onWarnings, ...options }: ApplyOptions,
): Promise<Plan> {
  const action = (emit: Emit) =>
    bringUp(deployment, {
      ...{ ...options, emit, interrupt: context.interrupt },
      onPlanned: async (planned) => onWarnings(await warningsOfPlan(planned, context), emit),
    });
  return changeDeployment(context, deployment, 'apply', action, options.emit);
}
