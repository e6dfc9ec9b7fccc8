import { recordTarget } from '../../state/backups.ts';
import type { Contents } from './listing.ts';
import type { OpenTarget } from './target.ts';

/**
 * Removes sets and what interrupted runs have left, and frees what only they have. The manifests go first: of a removal
 * that is interrupted, no half is taken for a set, and the next one removes the rest.
 *
 * @param contents what was seen in the target
 * @throws RepositoryError `append-only` where nothing can be deleted; nothing was, then
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
