import type { Deployment } from '../../apply/deployment.ts';
import { isVerified } from '../../backup/retention.ts';
import { isFromBefore, noneFromBefore, type WantedSet } from '../../backup/wanted-set.ts';
import { BackupError } from '../../errors.ts';
import { readBackupRecord, recordOf } from '../../state/backups.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { lookIntoTargets, type TargetFailure } from './each-target.ts';
import { type ListedSet, noSuchSet, readContents } from './listing.ts';
import { removeSets } from './remove-sets.ts';
import { prepareRestic } from './restic.ts';
import { hasBackupKey, lostRepository, type OpenTarget, openTarget, targetsOf } from './target.ts';

type Opened = Pick<Deployment, 'directory' | 'config' | 'engine' | 'patience'>;

/** The targets that have a repository, and those that could not be read. */
export interface OpenTargets {
  readonly targets: readonly OpenTarget[];
  readonly failures: readonly TargetFailure[];
}

/**
 * Opens all targets that have a repository, or only the named one.
 *
 * @param note called before a step that takes some time
 * @throws UsageError for a target that matrix.yaml does not have; the first failure if no target can be read
 */
export async function openTargets(
  deployment: Opened,
  named: string | undefined,
  note: (text: string) => void,
): Promise<OpenTargets> {
  const targets = targetsOf(deployment, named);
  // Without the host's key, no backup was created yet, and none could be opened.
  if (!(await hasBackupKey(deployment))) return { targets: [], failures: [] };
  const restic = await prepareRestic(deployment, note);
  const record = await readBackupRecord(deployment.directory);
  const { seen, failures } = await lookIntoTargets(targets, async (target) => {
    const open = await openTarget(deployment, restic, target);
    if (await open.repository.exists()) return [open];
    if (recordOf(record, target).sets.length > 0) throw lostRepository(target);
    return [];
  });
  return { targets: seen.flat(), failures };
}

/** The sets in some targets, oldest first, and the targets that could not be read. */
export async function listSets(
  { directory }: Pick<Opened, 'directory'>,
  { targets, failures }: OpenTargets,
): Promise<{ sets: ListedSet[]; failures: TargetFailure[] }> {
  const record = await readBackupRecord(directory);
  const listed = await lookIntoTargets(targets, (target) => readContents(target, record), failures);
  const sets = listed.seen.flatMap((contents) => contents.sets);
  return { sets: sets.sort((a, b) => (a.id < b.id ? -1 : 1)), failures: listed.failures };
}

interface Search extends Pick<WantedSet, 'notAfter'> {
  /** The newest when absent. */
  readonly id: string | undefined;
  /** Whether the newest verified set is preferred to a newer one that is not verified. */
  readonly isVerified?: boolean;
  /** Called, if the newest set is wanted, for each target that could not be read and may have a newer one. */
  note(text: string): void;
}

/**
 * Finds the named set, or the newest one.
 *
 * @returns the set with its target, and all known sets
 * @throws BackupError if there is no such set
 */
export async function findSet(
  deployment: Pick<Opened, 'directory'>,
  opened: OpenTargets,
  { id, notAfter, isVerified: wantsVerified = false, note }: Search,
): Promise<{ set: ListedSet; target: OpenTarget; sets: readonly ListedSet[] }> {
  const { sets, failures } = await listSets(deployment, opened);
  const early = sets.filter((one) => isFromBefore(one.id, notAfter));
  const newest = (wantsVerified ? early.filter(isVerified).at(-1) : undefined) ?? early.at(-1);
  const set = id === undefined ? newest : sets.find((one) => one.id === id);
  const target = opened.targets.find(({ name }) => name === set?.target);
  if (set === undefined || target === undefined) {
    const [oldest] = sets;
    if (notAfter === undefined || oldest === undefined) throw notFound(id, failures);
    const messages = failures.map(({ error }) => error.message);
    throw noneFromBefore(notAfter, oldest.id, messages);
  }
  if (id === undefined) {
    for (const { error } of failures)
      note(`warning: left out, there may be a newer backup: ${error.message}`);
  }
  return { set, target, sets };
}

function notFound(id: string | undefined, failures: readonly TargetFailure[]): BackupError {
  const [first] = failures;
  if (first !== undefined) {
    return new BackupError(`there is no backup ${id ?? 'yet'} in the targets that could be looked into`, {
      code: id === undefined ? 'backup.none' : 'backup.set',
      details: failures.map(({ error }) => error.message),
      hint: first.error.hint,
    });
  }
  return id === undefined
    ? new BackupError('there is no backup yet', {
        code: 'backup.none',
        hint: 'Create one: `matrix-deploy backup`.',
      })
    : noSuchSet(id);
}

/**
 * Refuses to remove a set that is still needed.
 *
 * @param sets all known sets
 * @throws BackupError for a pinned set, and for the only verified set in its target
 */
export function refuseNeeded(set: ListedSet, sets: readonly ListedSet[]): void {
  const { id, isPinned, target } = set;
  if (isPinned) {
    throw new BackupError(`${id} is needed to go back to the version before an upgrade`, {
      code: 'backup.pinned',
      hint: 'It can be removed when the upgrade is finished.',
    });
  }
  const others = sets.filter((one) => one.target === target && one.id !== id);
  if (isVerified(set) && !others.some(isVerified)) {
    throw new BackupError(`${id} is the only verified backup in the target ${target}`, {
      code: 'backup.last',
      hint: 'Nothing was deleted. First create another one: `matrix-deploy backup`.',
    });
  }
}

/**
 * Removes a set and frees the space that only it uses.
 *
 * @throws BackupError if there is no such set; as `refuseNeeded` does
 */
export function forgetBackup(
  deployment: Deployment,
  context: ChangePorts,
  opened: OpenTargets,
  search: Search,
): Promise<void> {
  const { directory } = deployment;
  return changeDeployment(context, deployment, 'backup forget', async () => {
    const { set, target, sets } = await findSet(deployment, opened, search);
    refuseNeeded(set, sets);
    await target.repository.unlockOurs();
    const contents = await readContents(target, await readBackupRecord(directory));
    await removeSets(directory, target, contents, [set.id]);
  });
}
