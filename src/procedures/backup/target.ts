import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { RepositoryError } from '../../backup/failure.ts';
import { addressOf } from '../../backup/place.ts';
import type { Repository } from '../../backup/repository.ts';
import { openRestic } from '../../backup/restic.ts';
import { type ResticKey, repositoryOwner } from '../../backup/restic-job.ts';
import type { BackupTarget } from '../../config/backup-targets.ts';
import type { Config } from '../../config/schema.ts';
import { BackupError, UsageError } from '../../errors.ts';
import { exists, namesIn } from '../../host/files.ts';
import { backupKey, layout, modes, secretPath } from '../../layout.ts';
import { generateSecret } from '../../secrets/generate.ts';
import type { Secret } from '../../secrets/secret.ts';
import { projectName } from '../../stack/stack.ts';
import { readBackupRecord, recordOf } from '../../state/backups.ts';
import { writeSecret } from '../../state/secrets.ts';
import { absolute, openPlace } from './place.ts';
import type { Restic } from './restic.ts';

/** A place for backups, as matrix.yaml names it. */
export interface NamedTarget {
  readonly name: string;
  /** Where it is: an absolute path, or the address of another machine. */
  readonly path: string;
  readonly settings: BackupTarget;
}

/** A target with its repository, and with the program that opens it. */
export interface OpenTarget extends NamedTarget {
  readonly repository: Repository;
  readonly restic: Restic;
}

/**
 * The targets of a deployment, or the one that is named.
 *
 * @throws UsageError where there is none of that name
 */
export function targetsOf(
  { directory, config }: { directory: string; config: Pick<Config, 'backup'> },
  named?: string,
): NamedTarget[] {
  const targets = Object.entries(config.backup.targets).map(([name, settings]) => ({
    name,
    path: settings.kind === 'local' ? absolute(directory, settings.path) : addressOf(settings),
    settings,
  }));
  const chosen = named === undefined ? targets : targets.filter(({ name }) => name === named);
  if (chosen.length === 0) {
    throw new UsageError(`${layout.config} has no backup target ${named}`, {
      code: 'usage.target',
      hint: `There are: ${targets.map(({ name }) => name).join(', ')}.`,
    });
  }
  return chosen;
}

/** Whether a target is on this host, so that its files can be read directly. */
export function isLocal({ settings }: Pick<NamedTarget, 'settings'>): boolean {
  return settings.kind === 'local';
}

type Opened = Pick<Deployment, 'directory' | 'config' | 'engine' | 'patience'>;

/**
 * @param typed a key in place of the host's own, such as the recovery key
 * @throws ConfigError for a secret of matrix.yaml that nobody has set, or a file that is not there
 */
export async function openTarget(
  { directory, config, engine, patience }: Opened,
  restic: Restic,
  target: NamedTarget,
  typed?: Secret,
): Promise<OpenTarget> {
  const repository = openRestic({
    ...{ engine, patience },
    project: projectName(config.server_name),
    image: restic.image,
    place: await openPlace({ directory }, target.settings),
    owner: repositoryOwner,
    key: typed === undefined ? await ownKey(directory, target) : { typed },
  });
  return { ...target, repository, restic };
}

async function ownKey(directory: string, target: NamedTarget): Promise<ResticKey> {
  const file = inDirectory({ directory }, secretPath(backupKey.name));
  return { file, id: recordOf(await readBackupRecord(directory), target).ownKey };
}

/**
 * Prepares a target for writing. For the first backup, creates the host's key and the repository.
 *
 * @returns whether the repository existed before
 * @throws BackupError if the repository existed and is lost, or if it exists and the key is lost
 */
export async function prepareTarget(
  deployment: Pick<Deployment, 'directory' | 'config' | 'random' | 'clock'>,
  target: OpenTarget,
): Promise<boolean> {
  const { directory } = deployment;
  if (isLocal(target) && !(await exists(dirname(target.path)))) {
    throw new BackupError(`${dirname(target.path)} is not there`, {
      code: 'backup.target',
      hint: 'Mount its disk, or create the directory; or set backup.targets in matrix.yaml.',
    });
  }
  const hasKey = await hasBackupKey(deployment);
  if (!hasKey) {
    await refuseLostKey(deployment, target);
    await makeKey(deployment);
  }
  const isThere = await target.repository.exists().catch(async (error) => {
    // The new key has opened nothing, so it is removed: a repository that refuses it has another key.
    if (!hasKey) await rm(inDirectory(deployment, secretPath(backupKey.name)), { force: true });
    const isOthers = error instanceof RepositoryError && error.failure === 'key';
    throw !hasKey && isOthers ? lostKey(target) : error;
  });
  if (isThere) return true;
  const known = recordOf(await readBackupRecord(directory), target);
  if (known.sets.length > 0) throw lostRepository(target);
  await target.repository.create();
  return false;
}

/** Refuses to create a key if there are backups: they were created with another key, which is lost. */
async function refuseLostKey(
  deployment: Pick<Deployment, 'directory' | 'config'>,
  target: NamedTarget,
): Promise<void> {
  const record = await readBackupRecord(deployment.directory);
  const used = targetsOf(deployment).find((one) => recordOf(record, one).sets.length > 0);
  if (used !== undefined) throw lostKey(used);
  if (isLocal(target) && !(await isEmpty(target.path))) throw lostKey(target);
}

async function makeKey({
  directory,
  random,
  clock,
}: Pick<Deployment, 'directory' | 'random' | 'clock'>): Promise<void> {
  const key = await generateSecret(backupKey.recipe, () => Promise.reject(), random, clock.now());
  await writeSecret(directory, backupKey.name, key, { mode: modes.secret });
}

/** Whether the host's key exists, which the first backup creates. */
export async function hasBackupKey(deployment: Pick<Deployment, 'directory'>): Promise<boolean> {
  return exists(inDirectory(deployment, secretPath(backupKey.name)));
}

/** Whether a directory is empty or missing. A directory that may not be read counts as used. */
async function isEmpty(path: string): Promise<boolean> {
  const names = await namesIn(path).catch(() => ['?']);
  return names.every((name) => name === 'lost+found');
}

function lostKey({ path }: NamedTarget): BackupError {
  return new BackupError(
    `there are backups in ${path}, and secrets/${backupKey.name}, which opens them, is not there`,
    {
      code: 'backup.key',
      hint: 'Put it back, or set another path in backup.targets in matrix.yaml, for backups with a new key.',
    },
  );
}

/** The error for a target whose recorded backups are missing. */
export function lostRepository(target: NamedTarget): BackupError {
  const first = isLocal(target) ? 'Mount its disk.' : 'Compare its address in matrix.yaml.';
  return new BackupError(`the backups that were in ${target.path} are not there`, {
    code: 'backup.target.lost',
    hint: `${first} If they are lost, delete ${layout.backups}, and the next backup begins with none.`,
  });
}
