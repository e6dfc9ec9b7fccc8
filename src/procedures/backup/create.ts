import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { leftOutOf, partsOf } from '../../backup/contents.ts';
import type { Manifest } from '../../backup/manifest.ts';
import { removePipes } from '../../backup/pipe.ts';
import type { Progress } from '../../backup/repository.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { manifestFile, manifestPart, newSetId, tagsOf } from '../../backup/set.ts';
import type { Context } from '../../context.ts';
import { BackupError, CancelledError, messageOf } from '../../errors.ts';
import { layout } from '../../layout.ts';
import { version } from '../../package.ts';
import { projectName } from '../../stack/stack.ts';
import { readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { refuseForeign } from '../../state/directory.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { refuseHalfRestored } from '../../state/pending-restore.ts';
import { readRecord } from '../../state/records.ts';
import { sideBySide } from '../side-by-side.ts';
import { tryTarget } from './check-target.ts';
import { forEachTarget } from './each-target.ts';
import { deploymentOf, identitiesOf, refuseForeignSets } from './identity.ts';
import { recordedSet } from './listing.ts';
import { openSecrets } from './open-secrets.ts';
import { pruneTarget } from './prune.ts';
import { readBack } from './read-back.ts';
import { recordKeys } from './recovery-key.ts';
import { prepareRestic, type Restic } from './restic.ts';
import { describePart, type Making, type SavedPart, saveFiles, savePart } from './save.ts';
import { type Estimate, estimate, refuseFull } from './space.ts';
import { inStage } from './stage.ts';
import { isLocal, type NamedTarget, openTarget, prepareTarget } from './target.ts';
import { verifyParts } from './verify-parts.ts';

type Ports = Pick<Context, 'surroundings' | 'interrupt' | 'patience'>;

/** Receives events while a backup is created. */
export interface BackupEvents {
  /** Called when a step begins, or has ended with something worth knowing. */
  note(text: string): void;
  onEstimate(estimate: Estimate, target: NamedTarget): void;
  onProgress(what: string, progress: Progress): void;
}

export interface BackupResult {
  readonly target: NamedTarget;
  readonly set: string;
  /** Bytes of the set's content, and bytes that the set added to the repository. */
  readonly bytes: number;
  readonly added: number;
  readonly seconds: number;
  readonly skipped: Manifest['skipped'];
  readonly checks: readonly string[];
  /** Older sets that were removed, since `backup.keep` does not keep them. */
  readonly forgotten: readonly string[];
  readonly hasRecoveryKey: boolean;
}

export interface BackupRequest {
  readonly targets: readonly NamedTarget[];
  /** Whether everything in the targets is read back, also in those on other machines. */
  readonly readsAll: boolean;
  readonly events: BackupEvents;
}

interface OneBackup extends Omit<BackupRequest, 'targets'> {
  readonly restic: Restic;
  readonly target: NamedTarget;
}

/**
 * Creates a set in each target. If one target fails, the others are still tried. The caller holds the deployment's lock.
 *
 * @throws as `createBackup` does, for the first target that failed
 */
export async function createBackups(
  deployment: Deployment,
  context: Ports,
  { targets, readsAll, events }: BackupRequest,
): Promise<BackupResult[]> {
  const { directory, config, engine } = deployment;
  const project = projectName(config.server_name);
  await refuseForeign(directory, config.server_name, await engine.containers(project));
  await refuseHalfRestored(directory);
  await removePipes(inDirectory(deployment, layout.cache));
  const restic = await inStage('getting restic', () => prepareRestic(deployment, events.note));
  return forEachTarget(
    targets,
    (target) => createBackup(deployment, context, { restic, readsAll, events, target }),
    { note: events.note, told: ({ set, target }) => `the backup ${set} in ${target.name} is good` },
  );
}

/**
 * Creates one set in a target and verifies it. Writes the manifest, which makes it a set, last; only then removes
 * older sets. Records a failure, unless it is an interrupt. The caller holds the deployment's lock.
 *
 * @throws BackupError that names the stage; PreflightError if nothing was begun
 */
async function createBackup(deployment: Deployment, context: Ports, one: OneBackup): Promise<BackupResult> {
  const { directory, clock } = deployment;
  const { target: place } = one;
  try {
    return await attempt(deployment, context, one);
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
  { restic, target: place, readsAll, events }: OneBackup,
): Promise<BackupResult> {
  const { directory, clock, engine } = deployment;
  const started = clock.now();
  const stack = await lockedStack(deployment);
  const known = recordOf(await readBackupRecord(directory), place);
  const expected = await estimate(context, { directory, stack, engine }, place, known);
  refuseFull(expected, place);
  events.onEstimate(expected, place);
  const target = await inStage('opening the target', () => openTarget(deployment, restic, place));
  const set = newSetId(started, deployment.random);
  const making: Making = { deployment, stack, target, set, ...events };

  const locks = await inStage('opening the repository', async () => {
    await prepareTarget(deployment, target);
    // The sets are read without a lock.
    const [ours] = await sideBySide(
      () => target.repository.unlockOurs(),
      () => refuseForeignSets(deployment, target),
    );
    if (ours > 0) events.note('an earlier run was interrupted: what it has left is removed');
    return ours;
  });
  if (!isLocal(place) && known.checkedAt === undefined) {
    events.note('check the target, since nothing was written there yet');
    await tryTarget(deployment, target);
  }
  await inStage('giving the secrets to their readers', () => openSecrets(deployment, stack));
  const saved = await saveAll(making);
  const manifest = await verifyAll(making, saved, { started, readsAll });
  const { bytes, added, seconds } = recordedSet(manifest);
  await inStage('recording the backup', () =>
    recordTarget(directory, place, ({ failure: _over, ...before }) => ({
      ...before,
      sets: [...before.sets, recordedSet(manifest)],
    })),
  );
  const forgotten = await inStage(
    'removing older backups',
    () =>
      pruneTarget(deployment, target, {
        isThorough: locks > 0 || known.failure !== undefined,
        note: events.note,
      }),
    `The backup ${set} is good.`,
  );
  return {
    target: place,
    set,
    ...{ bytes, added, seconds },
    skipped: manifest.skipped,
    checks: manifest.checks,
    forgotten,
    hasRecoveryKey: await recordKeys(deployment, target),
  };
}

/** The order of the parts counts: see `partsOf`. The small files depend on none of them. */
async function saveAll(making: Making): Promise<SavedPart[]> {
  const { deployment, stack, note } = making;
  const step = (stage: string, save: () => Promise<SavedPart>) => {
    note(stage);
    return inStage(stage, save);
  };
  const [files, parts] = await sideBySide(
    () => step('copying secrets and settings', () => saveFiles(making)),
    async () => {
      const saved: SavedPart[] = [];
      for (const part of partsOf(stack)) {
        saved.push(await step(describePart(part), () => savePart(making, part)));
      }
      return saved;
    },
    () => deployment.engine.removeJobs(stack.project),
  );
  return [...parts, files];
}

/** Verifies a set, then writes its manifest. @returns the manifest */
async function verifyAll(
  making: Making,
  saved: readonly SavedPart[],
  { started, readsAll }: { started: Date } & Pick<OneBackup, 'readsAll'>,
): Promise<Manifest> {
  const { deployment, stack, target, set, note } = making;
  const { directory, config, clock } = deployment;
  const parts = saved.map(({ part }) => part);
  const databases = saved.flatMap(({ database }) => database ?? []);
  const vanished = saved.flatMap((one) => one.vanished ?? []);
  const read = await inStage('reading the backup back', () =>
    readBack(deployment, target, { readsAll, note }),
  );
  const checks = await inStage('verifying the backup', () =>
    verifyParts(making, partsOf(stack), { parts, databases }, note),
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
        ...vanished.map((name) => ({ name, reason: 'was deleted while the backup was created' })),
      ],
      checks: [read, ...checks],
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
