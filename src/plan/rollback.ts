import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';
import { inOrder } from './order.ts';
import type { Plan } from './plan.ts';
import { probeDrafts } from './probes.ts';

/**
 * Plans the rollback after a plan has failed: the previous files, the containers that they define, and their health
 * checks. Rendered files name images by digest, so the previous files bring back the previous version.
 *
 * @param previous the stack that served before
 * @returns `undefined` when there is nothing to go back to, as in a first installation
 */
export function planRollback(
  plan: Plan,
  { files, isInstalled }: Pick<ObservedState, 'files' | 'isInstalled'>,
  previous: Pick<Stack, 'probes' | 'services'>,
): Plan | undefined {
  const recreated = plan.flatMap((operation) =>
    operation.kind === 'start-service' && operation.change === 'recreate' ? [operation.service] : [],
  );
  if (recreated.length === 0 || !isInstalled) return undefined;
  const cause = 'the change failed';
  const writes = plan.flatMap((operation): OperationDraft[] => {
    const path = operation.kind === 'write-file' ? operation.file.path : undefined;
    const text = path === undefined ? undefined : files[path];
    if (path === undefined || text === undefined) return [];
    return [{ kind: 'write-file', resource: path, cause, file: { path, text }, change: 'update' }];
  });
  const starts = recreated.map(
    (service): OperationDraft => ({
      kind: 'start-service',
      resource: `service ${service}`,
      cause,
      service,
      change: 'recreate',
    }),
  );
  const drafts = [...writes, ...starts, ...probeDrafts(previous, starts)];
  return inOrder(drafts, previous.services, { isInstalled });
}
