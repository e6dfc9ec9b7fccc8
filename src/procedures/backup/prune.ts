import type { Deployment } from '../../apply/deployment.ts';
import { RepositoryError } from '../../backup/failure.ts';
import { setsToForget } from '../../backup/retention.ts';
import { readBackupRecord, recordTarget } from '../../state/backups.ts';
import { readContents } from './listing.ts';
import type { OpenTarget } from './target.ts';

/**
 * Removes the sets that `keep` does not keep, and what interrupted runs have left.
 *
 * @returns the sets that are gone
 */
export async function pruneTarget(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  target: OpenTarget,
  note: (text: string) => void,
): Promise<string[]> {
  const record = await readBackupRecord(directory);
  const { sets, leftovers, snapshots } = await readContents(target, record);
  const gone = setsToForget(sets, config.backup.keep, new Set(record.pinned));
  const ids = [...leftovers, ...gone.flatMap((set) => snapshots.get(set) ?? [])];
  if (ids.length === 0) return [];
  note(gone.length === 0 ? 'remove what an interrupted run has left' : `remove ${gone.join(', ')}`);
  try {
    await target.repository.forget(ids);
  } catch (error) {
    if (!(error instanceof RepositoryError && error.failure === 'append-only')) throw error;
    note(
      `nothing can be deleted in the target ${target.name}, so backups that backup.keep does not keep stay: remove them on its server`,
    );
    return [];
  }
  await target.repository.prune();
  await recordTarget(directory, target, (known) => ({
    ...known,
    sets: known.sets.filter(({ id }) => !gone.includes(id)),
  }));
  return gone;
}
