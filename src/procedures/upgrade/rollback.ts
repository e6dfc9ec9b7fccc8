import { inDirectory } from '../../apply/deployment.ts';
import { registry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import { setImages } from '../../config/set-images.ts';
import { PreflightError, UsageError } from '../../errors.ts';
import { secondsBetween } from '../../host/clock.ts';
import { readIfExists } from '../../host/files.ts';
import { layout } from '../../layout.ts';
import { lossOf, type Rows } from '../../plan/losses.ts';
import { canGoBackByImage } from '../../plan/migrations.ts';
import { reversed, type VersionChange } from '../../plan/version-changes.ts';
import { lockedReference } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import {
  isCutOff,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { readRecord } from '../../state/records.ts';
import { recordUpgrade } from '../../state/upgrades.ts';
import { freeReserve } from '../reserve.ts';
import { countRowsNow } from '../restore/database-server.ts';
import { askDatabase, askRelease, migratedDumps } from './ask.ts';
import { deploymentBefore, goBack, imagesBefore, replaceText } from './go-back.ts';
import { watchInterruption } from './interruption.ts';
import { forgetUpgrade } from './take-back.ts';
import { expectedReleases, verifyUpgrade } from './verify.ts';
import { changeVersions, type UpgradeWork } from './work.ts';

/** The plan of going back from the last upgrade: nothing is done yet. */
export interface PlannedRollback {
  readonly pending: PendingUpgrade;
  /** The numbers of lost rows, by database and table; none for a database that stays as it is. */
  readonly lost: Rows;
}

/**
 * Decides whether the version from before the last upgrade can run again, and what going back would lose.
 *
 * @throws UsageError where there is no upgrade to go back from; PreflightError where it cannot be done
 */
export async function planUpgradeRollback({
  deployment,
}: Pick<UpgradeWork, 'deployment'>): Promise<PlannedRollback> {
  const { directory, engine } = deployment;
  const pending = await readPendingUpgrade(directory);
  if (pending === undefined) {
    throw new UsageError('there is no upgrade to go back from', {
      code: 'upgrade.none',
      hint: 'See `matrix-deploy history`. What is older is in the backups: `matrix-deploy backup list`.',
    });
  }
  // Throws where matrix.yaml cannot name the previous images, before anything is changed.
  setImages(deployment.configText, imagesBefore(pending.changes), deployment.config[registry]);
  const before = deploymentBefore(deployment, pending);
  const stack = await lockedStack(before);
  await refuseMissingImages(deployment, stack.images);
  const copied = keptDatabases(pending);
  const { lost } = lossOf(copied, pending.rows, await countRowsNow(engine, stack));
  const planned = { pending, lost };
  // After an interruption, going back is possible whatever runs now.
  if (isCutOff(pending)) return planned;
  for (const dump of migratedDumps(stack).filter(({ database }) => !copied.includes(database))) {
    const state = await askDatabase(deployment, stack, dump);
    const image = stack.services.find(({ name }) => name === dump.migrations.service)?.image ?? '';
    const release = await askRelease(deployment, stack, dump, { image });
    if (!canGoBackByImage(release, state)) {
      throw new PreflightError(
        `${dump.migrations.service} ${release.version} cannot use the database ${dump.database} as it is now, and no copy of it from before was kept`,
        {
          code: 'upgrade.no-way-back',
          hint: `Nothing was changed. A backup from before the upgrade has it: ${pending.sets.join(', ') || 'see `matrix-deploy backup list`'}.`,
        },
      );
    }
  }
  return planned;
}

async function refuseMissingImages(
  { engine, directory }: Pick<UpgradeWork['deployment'], 'engine' | 'directory'>,
  images: readonly string[],
): Promise<void> {
  const lock = await readRecord(inDirectory({ directory }, layout.imageLock));
  const references = images.map((tag) => lockedReference(tag, lock));
  const ids = await Promise.all(references.map((reference) => engine.imageId(reference)));
  const missing = references.filter((_, index) => ids[index] === undefined);
  if (missing.length > 0) {
    throw new PreflightError(`${missing.join(', ')} is not on this host any more`, {
      code: 'upgrade.image-gone',
      hint: `Nothing was changed. Get it back: \`docker pull ${missing[0]}\`. Then run the command again.`,
    });
  }
}

export interface RollbackResult {
  /** The version changes that going back has made. */
  readonly changes: readonly VersionChange[];
  readonly lost: PlannedRollback['lost'];
  readonly checks: readonly string[];
  readonly interruptionSeconds: number | null;
}

/**
 * Goes back to the version from before the last upgrade, and names its images in matrix.yaml.
 *
 * @throws UnhealthyError where that version does not work either
 */
export function rollBackUpgrade(work: UpgradeWork, planned: PlannedRollback): Promise<RollbackResult> {
  return changeVersions(work, 'rollback', (locked) => rollBack(locked, planned));
}

async function rollBack(work: UpgradeWork, { pending, lost }: PlannedRollback): Promise<RollbackResult> {
  const { deployment } = work;
  const { directory, clock } = deployment;
  const started = clock.now();
  const watch = watchInterruption(clock, work.emit);
  await freeReserve(deployment);
  if (keptDatabases(pending).length > 0) watch.begin();
  await goBack({ ...work, emit: watch.emit }, pending);
  await nameImages(work, pending);
  const before = deploymentBefore(deployment, pending);
  const stack = await lockedStack(before);
  const checks = await verifyUpgrade({ ...work, deployment: before }, stack, {
    before: pending.baseline,
    expected: await expectedReleases(before, stack, pending),
  });
  const changes = reversed(pending.changes);
  await recordUpgrade(directory, {
    id: pending.id,
    startedAt: started.toISOString(),
    result: 'rolled-back',
    ...{ changes, sets: pending.sets },
    seconds: secondsBetween(started, clock.now()),
    interruptionSeconds: watch.seconds(),
  });
  await forgetUpgrade(work, pending);
  return { changes, lost, checks, interruptionSeconds: watch.seconds() };
}

/** Writes the images that run again into matrix.yaml, where it means others because it left them to the defaults. */
async function nameImages(
  { deployment }: Pick<UpgradeWork, 'deployment'>,
  { changes }: PendingUpgrade,
): Promise<void> {
  const path = inDirectory(deployment, layout.config);
  const text = await readIfExists(path);
  if (text === undefined) return;
  const known = deployment.config[registry];
  const named = parseConfig(text, known) as unknown as Record<string, { image?: string }>;
  const wrong = changes.filter(({ service, from }) => named[service]?.image !== from);
  if (wrong.length > 0) await replaceText(path, setImages(text, imagesBefore(wrong), known).text);
}
