import type { Deployment } from '../../apply/deployment.ts';
import type { RepositoryKey } from '../../backup/repository.ts';
import { BackupError } from '../../errors.ts';
import { generatePassword } from '../../secrets/generate.ts';
import type { Secret } from '../../secrets/secret.ts';
import { recordTarget } from '../../state/backups.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { inTarget } from './each-target.ts';
import { hasBackupKey, type OpenTarget, prepareTarget } from './target.ts';

/** The name that a recovery key has among the keys of a repository. */
const recoveryKeyName = 'recovery';

/** When the recovery key of a target was created; `undefined` if there is none. */
export async function recoveryKeyOf(
  deployment: Pick<Deployment, 'directory'>,
  { repository }: OpenTarget,
): Promise<Date | undefined> {
  if (!(await hasBackupKey(deployment)) || !(await repository.exists())) return undefined;
  return madeAt(await repository.keys());
}

function madeAt(keys: readonly RepositoryKey[]): Date | undefined {
  const key = keys.find(({ name }) => name === recoveryKeyName);
  return key && new Date(key.created);
}

/**
 * Asks a repository for its keys and updates the record: the repository may have lost a key, or this host the record.
 *
 * @returns whether there is a recovery key
 */
export async function recordKeys(
  { directory }: Pick<Deployment, 'directory'>,
  target: OpenTarget,
): Promise<boolean> {
  const keys = await target.repository.keys();
  const found = madeAt(keys);
  const ownKey = keys.find(({ current }) => current)?.id;
  await recordTarget(directory, target, ({ recoveryKeyAt, ...known }) => ({
    ...known,
    ownKey,
    recoveryKeyAt: found && (recoveryKeyAt ?? found.toISOString()),
  }));
  return found !== undefined;
}

/** A new recovery key, in four groups of six characters: the operator copies it to paper. */
export function newRecoveryKey({ random }: Pick<Deployment, 'random'>): Secret {
  return generatePassword(random);
}

/**
 * Refuses a typed key that is not the key that was shown. White space is ignored.
 *
 * @throws BackupError
 */
export function refuseOtherKey(shown: Secret, typed: string): void {
  if (typed.replace(/\s/g, '') !== shown.reveal()) {
    throw new BackupError('what was typed is not the recovery key that was shown', {
      code: 'backup.recovery-key',
      hint: 'Nothing was changed. Run `matrix-deploy backup recovery-key` again: it shows another one.',
    });
  }
}

/**
 * Replaces the recovery key of all targets. In each target, removes the old key only after the new one has opened the
 * repository. Stores the key nowhere on this host.
 */
export function installRecoveryKey(
  context: ChangePorts,
  deployment: Deployment,
  targets: readonly OpenTarget[],
  key: Secret,
): Promise<void> {
  return changeDeployment(context, deployment, 'backup recovery-key', async () => {
    for (const target of targets) {
      await inTarget(target, targets, () => installInTarget(deployment, target, key));
    }
  });
}

async function installInTarget(
  deployment: Pick<Deployment, 'directory' | 'config' | 'random' | 'clock'>,
  target: OpenTarget,
  key: Secret,
): Promise<void> {
  const { repository } = target;
  await prepareTarget(deployment, target);
  await repository.unlockOurs();
  const before = (await repository.keys()).filter(({ name }) => name === recoveryKeyName);
  await repository.addKey(key, recoveryKeyName);
  if (!(await repository.opensWith(key))) {
    throw new BackupError(`the recovery key does not open ${target.path}`, {
      code: 'backup.recovery-key',
      hint: 'The one before, if there was one, still does. Run the command again.',
    });
  }
  for (const { id } of before) await repository.removeKey(id);
  const recoveryKeyAt = deployment.clock.now().toISOString();
  await recordTarget(deployment.directory, target, (known) => ({ ...known, recoveryKeyAt }));
}
