import { failed } from '../../host/judgement.ts';
import type { Plan } from '../../plan/plan.ts';
import type { StatusFinding } from './report.ts';

/** Findings about paths that other users can read or change, but must not. */
export function judgeAccess(plan: Plan): StatusFinding[] {
  return plan.flatMap((operation) =>
    operation.kind === 'repair-access' && operation.isOpen
      ? [
          {
            about: 'access' as const,
            ...failed(
              `other users can access ${operation.path}: ${operation.cause}`,
              '`matrix-deploy apply` repairs it. If somebody may have read a secret meanwhile, replace it.',
            ),
          },
        ]
      : [],
  );
}
