import { planDeployment } from '../apply/deployment.ts';
import { PreflightError } from '../errors.ts';
import type { Operation } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';
import { planToLines } from '../plan/plan-text.ts';

/** Operations that may be planned although nothing was changed, because the server need not run. */
const allowed: ReadonlySet<Operation['kind']> = new Set([
  'check-configuration',
  'create-container',
  'start-service',
  'admit-service',
  'fill-cache',
  'probe',
]);

/**
 * Refuses settings that were not applied: they would take effect together with the caller's change, and a failure
 * could be due to either.
 *
 * @param withoutPlan returns what replaces a plan that cannot be made, or throws the error
 * @throws PreflightError with the plan
 */
export async function refuseUnapplied(
  deployment: Parameters<typeof planDeployment>[0],
  code: string,
  withoutPlan: (error: unknown) => Plan = (error) => {
    throw error;
  },
): Promise<void> {
  const plan = await planDeployment(deployment).then((planned) => planned.plan, withoutPlan);
  if (plan.some(({ kind }) => !allowed.has(kind))) {
    throw new PreflightError('something of this deployment was changed and not applied', {
      code,
      details: planToLines(plan),
      hint: 'Nothing was done. See `matrix-deploy plan`, and run `matrix-deploy apply` first.',
    });
  }
}
