import type { Session } from './command.ts';

/** Is the deployment as the last apply has left it, with nothing to do, and no upgrade in the middle? In doubt it is not. */
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
