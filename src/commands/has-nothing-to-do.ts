import type { Session } from './command.ts';

/**
 * Whether the deployment is as the last apply has left it, so that there is nothing to do. False after an interrupted
 * upgrade, and in doubt.
 */
export async function hasNothingToDo({
  context,
  directory,
}: Pick<Session<object>, 'context' | 'directory'>): Promise<boolean> {
  const { isCutOff, readPendingUpgrade } = await import('../state/pending-upgrade.ts');
  const pending = await readPendingUpgrade(directory);
  if (pending !== undefined && isCutOff(pending)) return false;
  const { isConverged } = await import('../state/converged.ts');
  const { version } = await import('../package.ts');
  return isConverged(directory, version(), {
    engine: await context.openEngineReads(),
    now: context.clock.now(),
  });
}
