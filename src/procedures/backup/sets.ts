import type { Deployment } from '../../apply/deployment.ts';
import { isProved } from '../../backup/retention.ts';
import { BackupError } from '../../errors.ts';
import { readBackupRecord, recordTarget } from '../../state/backups.ts';
import { type ListedSet, noSuchSet, readContents } from './listing.ts';
import { prepareRestic } from './restic.ts';
import { inTarget } from './stage.ts';
import { hasBackupKey, lostRepository, type OpenTarget, openTarget, targetsOf } from './target.ts';

type Opened = Pick<Deployment, 'directory' | 'config' | 'engine' | 'patience'>;

/**
 * Opens the targets that there are backups in, or the one that is named.
 *
 * @param note told before something takes its time
 * @throws UsageError for a target that matrix.yaml does not have
 */
export async function openTargets(
  deployment: Opened,
  named: string | undefined,
  note: (text: string) => void,
): Promise<OpenTarget[]> {
  const targets = targetsOf(deployment, named);
  // Without it there was no backup yet, and nothing that could open one.
  if (!(await hasBackupKey(deployment))) return [];
  const restic = await prepareRestic(deployment, note);
  const opened = await Promise.all(targets.map((target) => openTarget(deployment, restic, target)));
  const found = await Promise.all(
    opened.map((target) => inTarget(target, opened, () => target.repository.exists())),
  );
  const record = await readBackupRecord(deployment.directory);
  const lost = opened.find(
    (target, index) => !found[index] && record.targets[target.name]?.path === target.path,
  );
  if (lost !== undefined) throw lostRepository(lost);
  return opened.filter((_, index) => found[index]);
}

/** The sets in some targets, oldest first. */
export async function listSets(
  { directory }: Pick<Opened, 'directory'>,
  targets: readonly OpenTarget[],
): Promise<ListedSet[]> {
  const record = await readBackupRecord(directory);
  const contents = await Promise.all(targets.map((target) => readContents(target, record)));
  return contents.flatMap(({ sets }) => sets).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * A set with its target: the one that is named, or the newest.
 *
 * @throws BackupError where there is none
 */
export async function findSet(
  deployment: Pick<Opened, 'directory'>,
  targets: readonly OpenTarget[],
  id: string | undefined,
): Promise<{ set: ListedSet; target: OpenTarget }> {
  const sets = await listSets(deployment, targets);
  const set = id === undefined ? sets.at(-1) : sets.find((one) => one.id === id);
  const target = targets.find(({ name }) => name === set?.target);
  if (set === undefined || target === undefined) {
    throw id === undefined
      ? new BackupError('there is no backup yet', {
          code: 'backup.none',
          hint: 'Make one: `matrix-deploy backup`.',
        })
      : noSuchSet(id);
  }
  return { set, target };
}

/**
 * Removes a set and frees what only it has. The caller holds the deployment's lock.
 *
 * @throws BackupError for a set that is pinned
 */
export async function forgetSet(
  { directory }: Pick<Opened, 'directory'>,
  target: OpenTarget,
  { id, isPinned }: ListedSet,
): Promise<void> {
  if (isPinned) {
    throw new BackupError(`${id} is needed to go back to the version before an upgrade`, {
      code: 'backup.pinned',
      hint: 'It can be removed when the upgrade is finished.',
    });
  }
  await target.repository.unlockOurs();
  const { snapshots } = await readContents(target, await readBackupRecord(directory));
  await target.repository.forget(snapshots.get(id) ?? []);
  await target.repository.prune();
  await recordTarget(directory, target, (known) => ({
    ...known,
    sets: known.sets.filter((one) => one.id !== id),
  }));
}

/** Is a set the only one that is proved? */
export function isLastProved(id: string, sets: readonly ListedSet[]): boolean {
  const proved = sets.filter(isProved);
  return proved.length === 1 && proved[0]?.id === id;
}
