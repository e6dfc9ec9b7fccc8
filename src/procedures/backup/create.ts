import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { leftOutOf, partsOf } from '../../backup/contents.ts';
import type { Manifest } from '../../backup/manifest.ts';
import type { Progress } from '../../backup/repository.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { manifestFile, manifestPart, newSetId, tagsOf } from '../../backup/set.ts';
import type { Context } from '../../context.ts';
import { BackupError, CancelledError, messageOf, PreflightError } from '../../errors.ts';
import { version } from '../../package.ts';
import { describeStack, projectName } from '../../stack/stack.ts';
import { readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { refuseForeign } from '../../state/directory.ts';
import { layout } from '../../state/layout.ts';
import { refuseHalfRestored } from '../../state/pending-restore.ts';
import { readRecord } from '../../state/records.ts';
import { deploymentOf, identitiesOf, refuseForeignSets } from './identity.ts';
import { recordedSet } from './listing.ts';
import { openSecrets } from './open-secrets.ts';
import { proveParts } from './prove.ts';
import { pruneTarget } from './prune.ts';
import { recoveryKeyName } from './recovery-key.ts';
import { prepareRestic, type Restic } from './restic.ts';
import { describePart, type Making, type SavedPart, saveFiles, savePart } from './save.ts';
import { type Estimate, estimate, refuseFull } from './space.ts';
import { inStage } from './stage.ts';
import { openTarget, prepareTarget, type Target } from './target.ts';

type Ports = Pick<Context, 'surroundings' | 'interrupt' | 'patience'>;

/** What is told while a backup is made. */
export interface BackupEvents {
  /** A step that begins or that has an end worth knowing. */
  note(text: string): void;
  onEstimate(estimate: Estimate, target: Target): void;
  onProgress(what: string, progress: Progress): void;
}

export interface BackupResult {
  readonly target: Target;
  readonly set: string;
  /** Of all that is in it, and what it added to the repository. */
  readonly bytes: number;
  readonly added: number;
  readonly seconds: number;
  readonly skipped: Manifest['skipped'];
  readonly checks: readonly string[];
  /** Older sets that were removed, as `keep` has it. */
  readonly forgotten: readonly string[];
  readonly hasRecoveryKey: boolean;
}

/**
 * Makes a set in each target. One that fails keeps no other from being tried.
 *
 * @throws as `createBackup` does, of the first target that failed
 */
export async function createBackups(
  deployment: Deployment,
  context: Ports,
  { targets, events }: { targets: readonly Target[]; events: BackupEvents },
): Promise<BackupResult[]> {
  const { directory, config, engine } = deployment;
  const project = projectName(config.server_name);
  await refuseForeign(directory, config.server_name, await engine.containers(project));
  await refuseHalfRestored(directory);
  const restic = await inStage('getting restic', () => prepareRestic(deployment, events.note));
  const results: BackupResult[] = [];
  const failures: unknown[] = [];
  for (const target of targets) {
    try {
      results.push(await createBackup(deployment, context, { restic, target, events }));
    } catch (error) {
      if (!(error instanceof BackupError || error instanceof PreflightError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    for (const { set, target } of results) events.note(`the backup ${set} in ${target.name} is good`);
    throw failures[0];
  }
  return results;
}

/**
 * Makes one set in a target and proves it. The manifest, which makes it a set, is written last of all; only then are
 * older sets removed. The caller holds the deployment's lock.
 *
 * @throws BackupError that names the stage; PreflightError where nothing was begun
 */
async function createBackup(
  deployment: Deployment,
  context: Ports,
  { restic, target: place, events }: { restic: Restic; target: Target; events: BackupEvents },
): Promise<BackupResult> {
  const { directory, clock } = deployment;
  try {
    return await attempt(deployment, context, { restic, place, events });
  } catch (error) {
    if (!(error instanceof CancelledError)) {
      const failure = { at: clock.now().toISOString(), message: messageOf(error) };
      await recordTarget(directory, place, (known) => ({ ...known, failure })).catch(() => undefined);
    }
    throw error;
  }
}

async function attempt(
  deployment: Deployment,
  context: Ports,
  { restic, place, events }: { restic: Restic; place: Target; events: BackupEvents },
): Promise<BackupResult> {
  const { directory, config, clock, engine } = deployment;
  const started = clock.now();
  const stack = describeStack(config, await readRecord(inDirectory(deployment, layout.imageLock)));
  const known = recordOf(await readBackupRecord(directory), place);
  const expected = await estimate(context, { directory, stack, engine }, place, known);
  refuseFull(expected, place);
  events.onEstimate(expected, place);
  const target = openTarget(deployment, restic, place);
  const set = newSetId(started, deployment.random);
  const making: Making = { deployment, stack, target, set, onProgress: events.onProgress };

  await inStage('opening the repository', async () => {
    await prepareTarget(deployment, target);
    await endInterrupted(making, events);
    await refuseForeignSets(deployment, target);
  });
  await inStage('giving the secrets to their readers', () => openSecrets(deployment, stack));
  const saved = await saveAll(making, events);
  const manifest = await proveAll(making, saved, { started, events });
  const { bytes, added, seconds } = recordedSet(manifest);
  await inStage('recording the backup', () =>
    recordTarget(directory, place, ({ failure: _over, ...before }) => ({
      ...before,
      sets: [...before.sets, recordedSet(manifest)],
    })),
  );
  const forgotten = await inStage(
    'removing older backups',
    () => pruneTarget(deployment, target, events.note),
    `The backup ${set} is good.`,
  );
  return {
    target: place,
    set,
    ...{ bytes, added, seconds },
    skipped: manifest.skipped,
    checks: manifest.checks,
    forgotten,
    hasRecoveryKey: (await target.repository.keys()).some(({ name }) => name === recoveryKeyName),
  };
}

/** A run that was killed leaves its locks, and its container may still be at work. */
async function endInterrupted({ deployment, stack, target }: Making, { note }: BackupEvents): Promise<void> {
  if ((await target.repository.unlockOurs()) === 0) return;
  note('an earlier run was interrupted: its locks are removed');
  await deployment.engine.removeJobs(stack.project);
  await target.repository.unlockOurs();
}

async function saveAll(making: Making, { note }: BackupEvents): Promise<SavedPart[]> {
  const saved: SavedPart[] = [];
  for (const part of partsOf(making.stack)) {
    note(describePart(part));
    saved.push(await inStage(describePart(part), () => savePart(making, part)));
  }
  const files = 'copying secrets and settings';
  note(files);
  saved.push(await inStage(files, () => saveFiles(making)));
  return saved;
}

/** @returns the manifest, which has been written */
async function proveAll(
  making: Making,
  saved: readonly SavedPart[],
  { started, events: { note } }: { started: Date; events: BackupEvents },
): Promise<Manifest> {
  const { deployment, stack, target, set } = making;
  const { directory, config, clock } = deployment;
  const parts = saved.map(({ part }) => part);
  const databases = saved.flatMap(({ database }) => database ?? []);
  const vanished = saved.flatMap((one) => one.vanished ?? []);
  note('read everything back');
  await inStage('reading the backup back', () => target.repository.check('all'));
  const proofs = await inStage('verifying the backup', () =>
    proveParts(making, partsOf(stack), { parts, databases }, note),
  );
  return inStage('writing the manifest', async () => {
    const manifest: Manifest = {
      format: 1,
      set,
      startedAt: started.toISOString(),
      finishedAt: clock.now().toISOString(),
      version: version(),
      serverName: config.server_name,
      deployment: await deploymentOf(directory),
      identities: await identitiesOf(deployment, stack),
      images: await readRecord(inDirectory(deployment, layout.imageLock)),
      ...{ parts, databases },
      skipped: [
        ...leftOutOf(stack).map(({ name, reason }) => ({ name, reason })),
        ...vanished.map((name) => ({ name, reason: 'was deleted while the backup was made' })),
      ],
      checks: ['all that the repository holds was read and is what was written', ...proofs],
    };
    const content = `${JSON.stringify(manifest, undefined, 2)}\n`;
    const { snapshot } = await target.repository.save({
      tags: tagsOf(set, manifestPart),
      user: repositoryOwner,
      source: { kind: 'bytes', name: manifestFile, content },
    });
    if ((await target.repository.read(snapshot, `/${manifestFile}`)).trim() !== content.trim()) {
      throw new BackupError('the manifest is not what was written', { code: 'backup.manifest' });
    }
    return manifest;
  });
}
