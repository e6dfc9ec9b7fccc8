import { failed, warning } from '../../host/judgement.ts';
import type { ObservedState } from '../../plan/observed-state.ts';
import { changedByHand, type Plan } from '../../plan/plan.ts';
import type { StatusFinding } from './report.ts';

/** Findings about services that were changed by hand, and foreign containers on the networks of the stack. */
export function judgeRunning(
  plan: Plan,
  { networks, containers }: Pick<ObservedState, 'networks' | 'containers'>,
): StatusFinding[] {
  const changed = changedByHand(plan).map(({ service, differences }) =>
    failed(`${service} was changed by hand: ${differences.join('; ')}`, '`matrix-deploy apply` repairs it.'),
  );
  const own = new Set(containers.map(({ id }) => id));
  const strangers = Object.entries(networks).flatMap(([network, found]) =>
    found.containers
      .filter(({ id }) => !own.has(id))
      .map(({ name }) =>
        warning(
          `the container ${name} is on the network ${network}, and is no part of this server`,
          `If it need not be there: \`docker network disconnect ${network} ${name}\`.`,
        ),
      ),
  );
  return [...changed, ...strangers].map((judgement) => ({ about: 'running' as const, ...judgement }));
}
