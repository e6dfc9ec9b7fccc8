import { planDeployment } from '../apply/deployment.ts';
import { PreflightError } from '../errors.ts';
import type { Operation } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';
import { planToLines } from '../plan/plan-text.ts';

/** What may be to be done although nothing was changed: the server need not run. */
const allowed: ReadonlySet<Operation['kind']> = new Set([
  'check-configuration',
  'create-container',
  'start-service',
  'admit-service',
  'fill-cache',
  'probe',
]);

/**
 * Refuses settings that were not applied: they would take effect with something else, which then is not what failed.
 *
 * @param withoutPlan what stands for the plan where it cannot be made; throws what it does not know
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
