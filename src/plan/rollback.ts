import type { RenderedFile } from '../render/render.ts';
import type { ObservedState } from './observed-state.ts';
import type { Plan } from './plan.ts';

/** What brings the previous version back: its files, then its containers. */
export interface Rollback {
  readonly files: readonly RenderedFile[];
  readonly services: readonly string[];
}

/**
 * Decides how to go back after a plan has failed; `undefined` where there is nothing to go back to, as in a first
 * installation. Rendered files name images by digest, so the previous files are the previous version.
 */
export function planRollback(
  plan: Plan,
  { files, hasServed }: Pick<ObservedState, 'files' | 'hasServed'>,
): Rollback | undefined {
  const services = plan.flatMap((operation) =>
    operation.kind === 'start-service' && operation.change === 'recreate' ? [operation.service] : [],
  );
  if (services.length === 0 || !hasServed) {
    return undefined;
  }
  const previous = plan.flatMap((operation) => {
    const path = operation.kind === 'write-file' ? operation.file.path : undefined;
    const text = path === undefined ? undefined : files[path];
    return path === undefined || text === undefined ? [] : [{ path, text }];
  });
  return { files: previous, services };
}
