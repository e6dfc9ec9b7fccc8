import { recordTarget } from '../../state/backups.ts';
import type { Contents } from './listing.ts';
import type { OpenTarget } from './target.ts';

/**
 * Removes sets and the leftovers of interrupted runs, and frees the space that only they use. Removes the manifests
 * first: if the removal is interrupted, the rest does not count as a set, and the next removal deletes it.
 *
 * @param contents what was read from the target
 * @throws RepositoryError `append-only` if the target allows no deletion: then nothing was deleted
 */
export async function removeSets(
  directory: string,
  target: OpenTarget,
  { sets, leftovers, snapshots, manifests }: Contents,
  gone: readonly string[],
): Promise<void> {
  const { repository } = target;
  const first = gone.flatMap((set) => manifests.get(set) ?? []);
  const rest = gone.flatMap((set) => snapshots.get(set) ?? []).filter((id) => !first.includes(id));
  await repository.forget(first);
  const kept = new Set(sets.map(({ id }) => id).filter((id) => !gone.includes(id)));
  await recordTarget(directory, target, (known) => ({
    ...known,
    sets: known.sets.filter(({ id }) => kept.has(id)),
  }));
  await repository.forget([...leftovers, ...rest]);
  await repository.prune();
}
