import { inDirectory } from '../../apply/deployment.ts';
import { newSetId } from '../../backup/set.ts';
import { PreflightError } from '../../errors.ts';
import { readIfExists } from '../../host/files.ts';
import { layout } from '../../layout.ts';
import type { Notice } from '../../plan/judge-upgrade.ts';
import type { Plan } from '../../plan/plan.ts';
import type { VersionChange } from '../../plan/version-changes.ts';
import type { Stack } from '../../stack/stack.ts';
import { pinSets } from '../../state/backups.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { readPendingRestore } from '../../state/pending-restore.ts';
import {
  isCutOff,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
  writePendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { freeReserve, reserveSpace } from '../reserve.ts';
import { startDatabases } from '../restore/database-server.ts';
import type { MigratedDump } from './ask.ts';
import { copyDatabases } from './copy-databases.ts';
import { replaceText } from './go-back.ts';
import { type Interruption, watchInterruption } from './interruption.ts';
import { type Migration, prepareUpgrade, readMigrations } from './prepare.ts';
import { type SwitchOptions, startAndVerify } from './start-and-verify.ts';
import { recordEnd, takeBack } from './take-back.ts';
import { placesOf, transferData } from './transfer-data.ts';
import { type Expected, expectedReleases } from './verify.ts';
import { changeVersions, type UpgradeWork } from './work.ts';

/** An upgrade that the operator has confirmed. */
export interface UpgradeRequest extends SwitchOptions {
  readonly changes: readonly VersionChange[];
  /** The text of matrix.yaml before and after the upgrade. Both are the same after an edit by the operator. */
  readonly text: PendingUpgrade['text'];
  readonly makesBackup: boolean;
  /** Returns the notices about version changes in this deployment. */
  judge(changes: readonly VersionChange[]): readonly Notice[];
  /** @throws PreflightError for a notice that was not acknowledged */
  refuse(notices: readonly Notice[]): void;
}

export interface UpgradeResult {
  readonly id: string;
  readonly changes: readonly VersionChange[];
  readonly sets: readonly string[];
  /** What was verified, a sentence each. */
  readonly checks: readonly string[];
  readonly seconds: number;
  readonly interruptionSeconds: number | null;
  /** Whether a copy of a database is kept: going back then loses all later changes. */
  readonly keepsCopy: boolean;
  readonly done: Plan;
}

/**
 * Upgrades the server. First does everything that can fail without harm, before it stops anything; then starts the
 * new images, and compares the server with its state before. If the server does not work, goes back as `takeBack`
 * does.
 *
 * @param command shown to another run that finds the deployment locked
 * @throws UnhealthyError where the new version does not work; what `prepareUpgrade` throws, and then nothing was
 *   changed
 */
export function upgrade(work: UpgradeWork, command: string, request: UpgradeRequest): Promise<UpgradeResult> {
  return changeVersions(work, command, (locked) => begin(locked, request));
}

async function begin(work: UpgradeWork, request: UpgradeRequest): Promise<UpgradeResult> {
  const { directory, clock, random } = work.deployment;
  const started = clock.now();
  const earlier = await readPendingUpgrade(directory);
  refuseUnfinished(earlier);
  await refuseUnapplied(directory, request.text);
  const { stack, migrations, transfers, baseline, sets } = await prepareUpgrade(work, request);
  const id = newSetId(started, random);
  const transferred = transfers.map(({ data }) => data.path);
  const pending: PendingUpgrade = {
    phase: 'switching',
    id,
    startedAt: started.toISOString(),
    changes: [...request.changes],
    served: (await readIfExists(inDirectory({ directory }, layout.applied))) ?? request.text.before,
    text: request.text,
    ...{ baseline, sets: [...sets], admitted: false },
    databases: [],
    directories: placesOf(transferred, id),
    rows: {},
  };
  await pinSets(directory, { pin: sets, unpin: earlier?.sets ?? [] });
  // If this run is killed from here on, the next run continues from this record.
  await writePendingUpgrade(directory, pending);
  return switchOrTakeBack(work, { pending, ...switchingOf(stack, pending, migrations), options: request });
}

/**
 * Continues an upgrade that was interrupted after its record was written: the new images may have been in use
 * meanwhile, so that going back could lose something.
 *
 * @throws as `upgrade` does
 */
export function resumeUpgrade(
  work: UpgradeWork,
  command: string,
  pending: PendingUpgrade,
  options: SwitchOptions,
): Promise<UpgradeResult> {
  return changeVersions(work, command, (locked) => resume(locked, pending, options));
}

async function resume(
  work: UpgradeWork,
  pending: PendingUpgrade,
  options: SwitchOptions,
): Promise<UpgradeResult> {
  const { deployment } = work;
  const stack = await lockedStack(deployment);
  if (pending.directories.some(({ identities }) => identities !== undefined)) {
    // The server for the old files may be removed already, and the one for the new files not started yet.
    const expected = await expectedReleases(deployment, stack, pending);
    return switchOrTakeBack(work, { pending, copied: [], expected, options });
  }
  await startDatabases(deployment, stack);
  const migrations = await readMigrations(work, stack, pending.changes);
  return switchOrTakeBack(work, { pending, ...switchingOf(stack, pending, migrations), options });
}

/** Refuses a new upgrade while an earlier one is unfinished. A record for which no copy is kept does not count. */
function refuseUnfinished(earlier: PendingUpgrade | undefined): void {
  if (earlier !== undefined && (isCutOff(earlier) || keptDatabases(earlier).length > 0)) {
    throw new PreflightError('the upgrade before is not finished', {
      code: 'upgrade.pending',
      hint: 'Nothing was changed. Check that everything works, then run `matrix-deploy upgrade --finish`; or go back with `matrix-deploy rollback`.',
    });
  }
}

/** Refuses to go on if another run, or the operator, has come between the confirmation and the lock. */
async function refuseUnapplied(directory: string, { before }: UpgradeRequest['text']): Promise<void> {
  if ((await readPendingRestore(directory)) !== undefined) {
    throw new PreflightError('a restore is not finished here', {
      code: 'upgrade.restore',
      hint: 'Nothing was changed. First run `matrix-deploy restore --finish`, or go back with `matrix-deploy restore --undo`.',
    });
  }
  if ((await readIfExists(inDirectory({ directory }, layout.config))) !== before) {
    throw new PreflightError('matrix.yaml was changed meanwhile', {
      code: 'upgrade.changed',
      hint: 'Nothing was changed. Run the command again.',
    });
  }
}

interface Switching {
  readonly pending: PendingUpgrade;
  /** The databases to copy within their server. The transfer copies those that move to a new server. */
  readonly copied: readonly MigratedDump[];
  readonly expected: readonly Expected[];
  readonly options: SwitchOptions;
}

function switchingOf(
  { transfers }: Pick<Stack, 'transfers'>,
  { directories }: PendingUpgrade,
  migrations: readonly Migration[],
): Pick<Switching, 'copied' | 'expected'> {
  const transferred = transfers
    .filter(({ data }) => directories.some(({ inUse }) => inUse === data))
    .flatMap(({ databases }) => databases);
  return {
    copied: migrations
      .filter(({ needsCopy, dump }) => needsCopy && !transferred.includes(dump.database))
      .map(({ dump }) => dump),
    expected: migrations.map(({ dump, after }) => ({ dump, facts: after })),
  };
}

async function switchOrTakeBack(work: UpgradeWork, switching: Switching): Promise<UpgradeResult> {
  const { deployment } = work;
  const watch = watchInterruption(deployment.clock, work.emit);
  const watched = { ...work, emit: watch.emit };
  try {
    const { expected, pending } = switching;
    if (expected.length > 0 || pending.directories.length > 0) await reserveSpace(deployment);
    const { done, checks } = await switchVersions(watched, switching, watch);
    await freeReserve(deployment);
    const entry = await recordEnd(deployment, { result: 'upgraded', watch });
    const known = (await readPendingUpgrade(deployment.directory)) ?? pending;
    return { ...entry, checks, done, keepsCopy: keptDatabases(known).length > 0 };
  } catch (error) {
    throw await takeBack(watched, error, watch);
  }
}

async function switchVersions(
  work: UpgradeWork,
  { pending, copied, expected, options }: Switching,
  watch: Interruption,
): Promise<{ done: Plan; checks: string[] }> {
  const { deployment } = work;
  const stack = await lockedStack(deployment);
  const found: string[] = [];
  let known = pending;
  if (pending.directories.length > 0) {
    watch.begin();
    const transferred = await transferData(work, stack, pending);
    known = transferred.pending;
    found.push(...transferred.checks);
  }
  if (copied.length > 0) {
    watch.begin();
    known = await copyDatabases(work, stack, { pending: known, dumps: copied });
  }
  // Only now: a run that starts the images of matrix.yaml must find the copy complete.
  const { text } = pending;
  if (text.before !== text.after) await replaceText(inDirectory(deployment, layout.config), text.after);
  const { done, checks } = await startAndVerify(work, stack, { pending: known, expected, options });
  const switchedAt = deployment.clock.now().toISOString();
  await writePendingUpgrade(deployment.directory, {
    ...known,
    ...{ phase: 'switched', switchedAt, admitted: true },
  });
  return { done, checks: [...found, ...checks] };
}
