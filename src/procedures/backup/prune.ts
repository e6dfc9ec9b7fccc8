import type { Deployment } from '../../apply/deployment.ts';
import { RepositoryError } from '../../backup/failure.ts';
import { setsToForget } from '../../backup/retention.ts';
import { readBackupRecord } from '../../state/backups.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { forEachTarget } from './each-target.ts';
import { readContents } from './listing.ts';
import { removeSets } from './remove-sets.ts';
import type { OpenTarget } from './target.ts';

interface Pruning {
  /** Whether data that belongs to no snapshot, from killed runs, is freed even if there is no set to remove. */
  readonly isThorough: boolean;
  note(text: string): void;
}

/**
 * Prunes all targets, as `pruneTarget` does, while no other run changes the deployment.
 *
 * @param told describes what was removed, as in `forEachTarget`
 * @returns the removed sets
 */
export async function pruneTargets(
  deployment: Deployment,
  context: ChangePorts,
  targets: readonly OpenTarget[],
  { note, told }: { note(text: string): void; told(removed: readonly string[]): string },
): Promise<string[]> {
  const prune = async (target: OpenTarget) => {
    await target.repository.unlockOurs();
    return pruneTarget(deployment, target, { isThorough: true, note });
  };
  const pruned = await changeDeployment(context, deployment, 'backup prune', () =>
    forEachTarget(targets, prune, { note, told }),
  );
  return pruned.flat();
}

/**
 * Removes the sets that `backup.keep` does not keep, and the leftovers of interrupted runs. In a target that allows
 * no deletion, nothing is removed, and a note says so.
 *
 * @returns the removed sets
 */
export async function pruneTarget(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  target: OpenTarget,
  { isThorough, note }: Pruning,
): Promise<string[]> {
  const record = await readBackupRecord(directory);
  const contents = await readContents(target, record);
  const { sets, leftovers } = contents;
  const gone = setsToForget(sets, config.backup.keep, new Set(record.pinned));
  if (gone.length + leftovers.length === 0 && !isThorough) return [];
  if (gone.length > 0) note(`remove ${gone.join(', ')}`);
  else if (leftovers.length > 0) note('remove what an interrupted run has left');
  try {
    await removeSets(directory, target, contents, gone);
  } catch (error) {
    if (!(error instanceof RepositoryError && error.failure === 'append-only')) throw error;
    note(
      `nothing can be deleted in the target ${target.name}, so backups that backup.keep does not keep stay: remove them on its server`,
    );
    return [];
  }
  return gone;
}
