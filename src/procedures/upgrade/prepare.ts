import { checkConfiguration } from '../../apply/check-configuration.ts';
import { acquireImages } from '../../apply/converge.ts';
import { inDirectory } from '../../apply/deployment.ts';
import { fillCache } from '../../apply/fill-cache.ts';
import { layout } from '../../layout.ts';
import { type Notice, noticesOfWorks } from '../../plan/judge-upgrade.ts';
import {
  canGoBackByImage,
  changesToCome,
  describeMigration,
  type ReleaseFacts,
} from '../../plan/migrations.ts';
import { type PlannedTransfer, plannedTransfers } from '../../plan/transfers.ts';
import type { VersionChange } from '../../plan/version-changes.ts';
import { lockedReference, type Stack } from '../../stack/stack.ts';
import type { PendingUpgrade } from '../../state/pending-upgrade.ts';
import { readRecord } from '../../state/records.ts';
import { attemptBackups } from '../backup/attempt.ts';
import { createBackups } from '../backup/create.ts';
import { targetsOf } from '../backup/target.ts';
import { refuseFull, type SpaceNeed } from '../restore/space.ts';
import { askDatabase, askRelease, type MigratedDump, migratedDumps } from './ask.ts';
import { bytesOf, noticesOfTransfers, refuseMounted, spaceOfTransfers } from './judge-transfers.ts';
import { readBaseline } from './verify.ts';
import { noteOf, type UpgradeWork, withImagesBefore } from './work.ts';

/** What a release will do with a database. */
export interface Migration {
  readonly dump: MigratedDump;
  readonly before: ReleaseFacts;
  readonly after: ReleaseFacts;
  /** Names of the schema changes that the new release makes. */
  readonly changes: readonly string[];
  /** Whether the previous release can use the database now, but not once the new release has changed it. */
  readonly needsCopy: boolean;
  readonly bytes: number;
  readonly notices: readonly Notice[];
}

/**
 * Asks the previous and the new images, which must be on this host, what they do with the databases. Changes nothing.
 *
 * @param judge returns the notices about version changes
 * @returns one migration for each database whose service gets another image
 */
export async function readMigrations(
  { deployment }: { readonly deployment: Pick<UpgradeWork['deployment'], 'directory' | 'engine'> },
  stack: Stack,
  changes: readonly VersionChange[],
  judge: (changes: readonly VersionChange[]) => readonly Notice[] = () => [],
): Promise<Migration[]> {
  const lock = await readRecord(inDirectory(deployment, layout.imageLock));
  const migrations: Migration[] = [];
  for (const dump of migratedDumps(stack)) {
    const change = changes.find(({ service }) => service === dump.migrations.service);
    if (change === undefined) continue;
    const image = (tag: string) => lockedReference(tag, lock);
    const state = await askDatabase(deployment, stack, dump);
    const before = await askRelease(deployment, stack, dump, { image: image(change.from) });
    const after = await askRelease(deployment, stack, dump, { image: image(change.to), works: state.works });
    migrations.push({
      ...{ dump, before, after },
      changes: changesToCome(after, state),
      needsCopy: !canGoBackByImage(before, after) && canGoBackByImage(before, state),
      bytes: await bytesOf(deployment.engine, stack, [dump.database]),
      // The tag of a foreign image need not say which version it is.
      notices: [
        ...judge([{ service: change.service, from: `:${before.version}`, to: `:${after.version}` }]),
        ...noticesOfWorks(before, after, state),
      ],
    });
  }
  return migrations;
}

/** The result of the preparation, which touches nothing that runs. */
export interface Prepared {
  readonly stack: Stack;
  readonly migrations: readonly Migration[];
  readonly transfers: readonly PlannedTransfer[];
  readonly baseline: PendingUpgrade['baseline'];
  /** Names of the backups. */
  readonly sets: readonly string[];
}

interface Preparation {
  readonly changes: readonly VersionChange[];
  readonly makesBackup: boolean;
  readonly overwriteEdits: boolean;
  /** Returns the notices about version changes. */
  judge(changes: readonly VersionChange[]): readonly Notice[];
  /** @throws PreflightError for a notice that was not acknowledged */
  refuse(notices: readonly Notice[]): void;
}

/**
 * Does everything that can fail while the server still runs. Cheap steps come first, and the backup after all checks,
 * so that a missing image or a refused configuration does not cost a backup.
 */
export async function prepareUpgrade(work: UpgradeWork, preparation: Preparation): Promise<Prepared> {
  const { context, deployment, emit } = work;
  const { changes } = preparation;
  const note = noteOf(work);
  const { desired, observed } = await acquireImages(deployment, {
    ...{ emit, interrupt: context.interrupt },
    overwriteEdits: preparation.overwriteEdits,
  });
  const { stack, rendering } = desired;
  const isChanged = ({ service }: { service: string }) => changes.some((one) => one.service === service);
  for (const check of stack.checks.filter(isChanged)) {
    note(`check the configuration of ${check.service} with its new image`);
    await checkConfiguration(deployment, stack.project, check, rendering.files);
  }
  const transfers = plannedTransfers(stack, observed);
  await refuseMounted(deployment, transfers);
  const migrations = await readMigrations(work, stack, changes, preparation.judge);
  const transferred = transfers.flatMap(({ transfer }) => transfer.databases);
  migrations.flatMap((migration) => describeMigration(migration, transferred)).forEach(note);
  preparation.refuse([
    ...migrations.flatMap(({ notices }) => notices),
    ...(await noticesOfTransfers(deployment, stack, transfers)),
  ]);
  await refuseWithoutRoom(work, migrations, await spaceOfTransfers(deployment, stack, transfers));
  note('test the server as it is, to compare with it later');
  const baseline = await readBaseline(context, deployment.directory, (text) =>
    note(`warning: already before the upgrade ${text}`),
  );
  const sets = preparation.makesBackup ? await backUp(work, changes) : [];
  // Last of all: this replaces the cache of the running version, which starts more slowly without it.
  for (const cache of stack.caches.filter(isChanged)) {
    note(`write ${cache.name}`);
    await fillCache(deployment, {
      cache,
      when: 'before',
      project: stack.project,
      files: rendering.files,
      note,
    });
  }
  return { stack, migrations, transfers, baseline, sets };
}

/** In bytes: what must stay free for the write-ahead log of the database, for the first days, and for `reserveSpace`. */
const reserve = 2 ** 28;

/** @throws PreflightError */
async function refuseWithoutRoom(
  { context, deployment }: UpgradeWork,
  migrations: readonly Migration[],
  others: readonly SpaceNeed[],
): Promise<void> {
  const copies = migrations.reduce((sum, { bytes, needsCopy }) => sum + (needsCopy ? bytes : 0), 0);
  const changed = migrations.reduce((sum, { bytes, changes }) => sum + (changes.length > 0 ? bytes : 0), 0);
  // A schema change may write an index or a table again.
  const bytes = copies + changed / 2 + reserve;
  const path = inDirectory(deployment, layout.data);
  await refuseFull(context, [{ what: 'databases', path, bytes }, ...others], {
    thing: 'this upgrade',
    reassurance: 'Nothing was changed.',
  });
}

/** Creates backups with the previous images: a dump must not be of a newer release than the one that restores it. */
async function backUp(work: UpgradeWork, changes: readonly VersionChange[]): Promise<string[]> {
  const { context, onProgress } = work;
  const deployment = { ...work.deployment, config: withImagesBefore(work.deployment.config, changes) };
  const { directory, config } = deployment;
  const note = noteOf(work);
  note('create a backup');
  const results = await attemptBackups(context, { directory, isScheduled: false, note }, async (begin) => {
    await begin();
    const events = { note, onEstimate: () => {}, onProgress };
    return createBackups(deployment, context, {
      targets: targetsOf({ directory, config }),
      readsAll: false,
      events,
    });
  });
  return results.map(({ set }) => set);
}
