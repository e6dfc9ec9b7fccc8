import type { Deployment } from '../../apply/deployment.ts';
import { RepositoryError } from '../../backup/failure.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { BackupError } from '../../errors.ts';
import type { Emit } from '../../plan/events.ts';
import { projectName } from '../../stack/stack.ts';
import { recordTarget } from '../../state/backups.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { forEachTarget } from './each-target.ts';
import { type ConfirmHostKey, pinHostKey } from './host-key.ts';
import { makeSshKey } from './place.ts';
import { prepareRestic, type Restic } from './restic.ts';
import { inStage } from './stage.ts';
import { type NamedTarget, type OpenTarget, openTarget, prepareTarget } from './target.ts';

/** The result of checking a target. */
export interface TargetCheck {
  readonly target: string;
  readonly path: string;
  /** Whether the file of the check could be deleted. A target that allows no deletion can be used: it only grows. */
  readonly canDelete: boolean;
  /** What was done, a sentence each. */
  readonly steps: readonly string[];
}

/** The tag of snapshots that are created only for checks; they belong to no set. */
const checkTag = 'check-target';
const checkFile = 'check-target.txt';
const unchanged = 'Nothing else was changed there.';

/**
 * Writes a small file to each target, reads it and deletes it, by restic, as a backup does. Creates a missing
 * repository.
 *
 * @throws BackupError for the first target that failed, with the names of the target and the step
 */
export function checkTargets(
  deployment: Deployment,
  context: ChangePorts,
  targets: readonly NamedTarget[],
  { emit, confirm }: { readonly emit: Emit; readonly confirm: ConfirmHostKey },
): Promise<TargetCheck[]> {
  const action = (tell: Emit) =>
    check(deployment, targets, { note: (text) => tell({ type: 'note', text }), confirm });
  return changeDeployment(context, deployment, 'backup check-target', action, emit);
}

async function check(
  deployment: Deployment,
  targets: readonly NamedTarget[],
  { note, confirm }: { note(text: string): void; confirm: ConfirmHostKey },
): Promise<TargetCheck[]> {
  const restic = await inStage('getting restic', () => prepareRestic(deployment, note), unchanged);
  return forEachTarget(
    targets,
    async (target) => {
      note(`check ${target.path}`);
      await inStage(
        'meeting the server',
        () => meetServer(deployment, restic, target, { note, confirm }),
        unchanged,
      );
      const opened = await inStage(
        'opening the target',
        () => openTarget(deployment, restic, target),
        unchanged,
      );
      const isNew = await inStage(
        'reaching the target',
        async () => !(await prepareTarget(deployment, opened)),
        unchanged,
      );
      const { canDelete, steps } = await tryTarget(deployment, opened);
      const reached = isNew
        ? 'it was reached, and a repository was created there'
        : "it was reached, and this host's key opens the repository there";
      return { target: target.name, path: target.path, canDelete, steps: [reached, ...steps] };
    },
    { note, told: ({ target }) => `the target ${target} works` },
  );
}

/** Confirms the host key of an ssh server, and notes this host's public key, which the server has to accept. */
async function meetServer(
  deployment: Deployment,
  { image }: Restic,
  { settings }: NamedTarget,
  { note, confirm }: { note(text: string): void; confirm: ConfirmHostKey },
): Promise<void> {
  if (settings.kind !== 'sftp') return;
  const publicKey = await makeSshKey(deployment, settings);
  if (publicKey !== undefined) {
    note(`this host's ssh key, for authorized_keys of ${settings.user} on ${settings.host}: ${publicKey}`);
  }
  const project = projectName(deployment.config.server_name);
  await pinHostKey(deployment, { project, image }, settings, confirm);
}

/** Writes, reads and deletes a small file in an open target that has a repository. Records the time of the check. */
export async function tryTarget(
  { directory, clock, random }: Pick<Deployment, 'directory' | 'clock' | 'random'>,
  target: OpenTarget,
): Promise<Pick<TargetCheck, 'canDelete' | 'steps'>> {
  const { repository } = target;
  const content = Buffer.from(random(16)).toString('hex');
  const source = { kind: 'bytes', name: checkFile, content } as const;
  await inStage('writing to the target', () => repository.unlockOurs(), unchanged);
  const { snapshot } = await inStage(
    'writing to the target',
    () => repository.save({ tags: [checkTag], user: repositoryOwner, source }),
    unchanged,
  );
  await inStage(
    'reading from the target',
    async () => {
      if ((await repository.read(snapshot, `/${checkFile}`)) !== content) {
        throw new BackupError('what was read is not what was written', { code: 'backup.target.differs' });
      }
    },
    unchanged,
  );
  const canDelete = await inStage('deleting in the target', () => deleteChecks(target), unchanged);
  const checkedAt = clock.now().toISOString();
  await recordTarget(directory, target, (known) => ({ ...known, checkedAt }));
  const deleted = canDelete
    ? 'it was deleted'
    : 'it could not be deleted: this target only grows. Backups that backup.keep does not keep stay until they are removed on its server';
  return { canDelete, steps: ['a small file was written', 'it was read, and is what was written', deleted] };
}

/** Deletes the snapshots of this check and of earlier ones. @returns whether the target allows it */
async function deleteChecks({ repository }: OpenTarget): Promise<boolean> {
  const snapshots = await repository.snapshots([checkTag]);
  try {
    await repository.forget(snapshots.map(({ id }) => id));
    return true;
  } catch (error) {
    if (error instanceof RepositoryError && error.failure === 'append-only') return false;
    throw error;
  }
}
