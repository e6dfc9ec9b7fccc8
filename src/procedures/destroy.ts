import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Deployment, inDirectory } from '../apply/deployment.ts';
import { binaryOwner } from '../backup/restic-binary.ts';
import type { Context } from '../context.ts';
import { removeData } from '../docker/remove-data.ts';
import { UserError } from '../errors.ts';
import { exists, isErrno, namesIn, readIfExists } from '../host/files.ts';
import { mountPointsBelow } from '../host/health/mounts.ts';
import { backupKey, composeFile, layout, secretPath, stagingPath } from '../layout.ts';
import { projectName, type Stack, unlockedStack } from '../stack/stack.ts';
import { readBackupRecord, recordOf } from '../state/backups.ts';
import { refuseForeign } from '../state/directory.ts';
import { unmarkMoved } from '../state/move.ts';
import { readPendingRestore } from '../state/pending-restore.ts';
import { readPendingUpgrade } from '../state/pending-upgrade.ts';
import { hasBackupKey, isLocal, targetsOf } from './backup/target.ts';
import { type ChangePorts, changeDeployment } from './change-deployment.ts';
import { drilling, hasCopy, removeCopy } from './drill/remove-copy.ts';
import { type RemovedUnits, removeAllUnits } from './remove-all-units.ts';
import { removeDirectories } from './restore/remove-directories.ts';

type Ports = ChangePorts & Pick<Context, 'surroundings'>;

/**
 * Removes the containers and networks of a deployment, and its units of systemd: without the server, a backup would
 * fail every night. Its files stay.
 *
 * @returns the removed units
 */
export function destroyServer(deployment: Deployment, context: Ports): Promise<RemovedUnits> {
  return changeDeployment(context, deployment, 'destroy', () => removeServer(deployment, context));
}

export interface DeletedDeployment {
  /** The removed units of systemd. */
  readonly units: RemovedUnits;
  /** Names of entries of the directory that stay because they are not ours, without backups and their key. */
  readonly left: readonly string[];
  /** Paths of the targets that have backups, which stay. */
  readonly backups: readonly string[];
}

/**
 * Does what `destroyServer` does, and deletes what the deployment has written; its directory, too, when nothing else is
 * in it. Backups and the key that opens them stay.
 *
 * @throws UserError where something is mounted in the directory; nothing has been deleted then
 */
export async function destroyWithData(deployment: Deployment, context: Ports): Promise<DeletedDeployment> {
  await refuseMountPoints(deployment);
  const backups = await keptBackups(deployment);
  return changeDeployment(context, deployment, 'destroy', async () => {
    const units = await removeServer(deployment, context);
    return { left: await deleteDeployment(deployment), units, backups };
  });
}

async function removeServer(deployment: Deployment, context: Ports): Promise<RemovedUnits> {
  const units = await removeAllUnits(deployment, context);
  await removeContainers(deployment);
  return units;
}

async function removeContainers(deployment: Deployment): Promise<void> {
  const { project, serverName } = stackOf(deployment);
  await refuseForeign(deployment.directory, serverName, await deployment.engine.containers(project));
  await deployment.engine.removeJobs(project);
  await removeLeftCopy(deployment);
  if (await exists(inDirectory(deployment, composeFile))) {
    await deployment.compose.down();
  }
  const left = await deployment.engine.containers(project);
  await Promise.all(left.map(({ id }) => deployment.engine.remove(id)));
}

/** Removes the copy of the server that a killed drill has left. */
async function removeLeftCopy({ engine, directory, config }: Deployment): Promise<void> {
  if (!(await hasCopy(directory))) return;
  const project = projectName(config.server_name);
  await removeCopy({ engine, directory, image: config.backup.image, workplace: drilling(project) });
}

/** Refuses mount points in the directory: they cannot be removed, and their content may be needed elsewhere. */
async function refuseMountPoints({ directory }: Pick<Deployment, 'directory'>): Promise<void> {
  const mounted = mountPointsBelow(directory, (await readIfExists('/proc/self/mountinfo')) ?? '');
  if (mounted.length > 0) {
    throw new UserError(`something is mounted in ${directory}`, {
      code: 'destroy.mounted',
      details: mounted,
      hint: `Nothing was deleted. Unmount it: \`umount ${mounted[0]}\`; what is on it stays. Then run the command again.`,
    });
  }
}

/** @returns names of the entries that stay because they are not ours, without backups and their key */
async function deleteDeployment(deployment: Deployment): Promise<string[]> {
  const stack = stackOf(deployment);
  const images = stack.services.map(({ image }) => image);
  const caches = stack.caches.map(({ path, job }) => ({ path, owner: job.user }));
  for (const { path, owner } of [...stack.data, ...caches]) {
    for (const directory of [path, stagingPath(path)]) {
      await removeData(deployment.engine, {
        project: stack.project,
        path: inDirectory(deployment, directory),
        owner,
        images,
      });
    }
  }
  const pending = await readPendingRestore(deployment.directory);
  const upgraded = await readPendingUpgrade(deployment.directory);
  const beside = [...(pending?.directories ?? []), ...(upgraded?.directories ?? [])];
  await removeDirectories(deployment, stack, beside, ['beside', 'before']);
  await removeRestic(deployment, stack.project);
  await unmarkMoved(deployment.engine, stack.project);
  // matrix.yaml goes last: while it is there, the command can be run again.
  const kept = await keptBackups(deployment);
  const key = kept.length > 0 && (await hasBackupKey(deployment)) ? secretPath(backupKey.name) : undefined;
  for (const name of [...topLevelNames(stack), layout.config]) {
    await removeBut(deployment, name, key);
  }
  const isKept = (name: string) =>
    kept.includes(inDirectory(deployment, name)) || (key !== undefined && name === layout.secrets);
  const left = await readdir(deployment.directory);
  if (left.length === 0) {
    await removeEmpty(deployment.directory);
  }
  return left.filter((name) => !isKept(name));
}

/** Paths of the targets that have backups: nothing in them is ever deleted here. */
async function keptBackups({
  directory,
  config,
}: Pick<Deployment, 'directory' | 'config'>): Promise<string[]> {
  const targets = targetsOf({ directory, config });
  const record = await readBackupRecord(directory);
  const found = await Promise.all(
    // For a target on another machine, the recorded sets count.
    targets.map(async (target) =>
      isLocal(target) ? exists(target.path) : recordOf(record, target).sets.length > 0,
    ),
  );
  return targets.filter((_, index) => found[index]).map(({ path }) => path);
}

/** Removes an entry except for the backup key: without the key, only a recovery key opens the backups that stay. */
async function removeBut(
  deployment: Pick<Deployment, 'directory'>,
  name: string,
  key: string | undefined,
): Promise<void> {
  const path = inDirectory(deployment, name);
  const paths = key?.startsWith(`${name}/`)
    ? (await namesIn(path))
        .map((entry) => join(path, entry))
        .filter((one) => one !== inDirectory(deployment, key))
    : [path];
  for (const one of paths) await rm(one, { recursive: true, force: true });
}

/** Removes the program of the backups. It belongs to another user, so that nobody can change it. */
async function removeRestic({ engine, directory, config }: Deployment, project: string): Promise<void> {
  const kept = inDirectory({ directory }, layout.cache, 'restic');
  for (const name of await namesIn(kept)) {
    const images = [config.backup.image, ...stackOf({ config }).images];
    await removeData(engine, { project, path: join(kept, name), owner: binaryOwner, images });
  }
}

/** Removes an empty directory. A mount point cannot be removed, and stays. */
async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch((error) => {
    if (!isErrno(error, 'EBUSY')) {
      throw error;
    }
  });
}

function topLevelNames({ files }: Stack): Set<string> {
  const rendered = files.map(({ path }) => path.split('/')[0] ?? path);
  return new Set([composeFile, ...rendered, layout.data, layout.cache, layout.secrets, layout.state]);
}

// The locked digests of the images do not matter for removing.
function stackOf({ config }: Pick<Deployment, 'config'>): Stack {
  return unlockedStack(config);
}
