import { readdir, rm, rmdir } from 'node:fs/promises';
import { type Deployment, inDirectory } from '../apply/deployment.ts';
import { removeData } from '../apply/remove-data.ts';
import { UserError } from '../errors.ts';
import { exists, isErrno, readIfExists } from '../host/files.ts';
import { mountPointsBelow } from '../host/health/mounts.ts';
import { composeFile } from '../stack/compose-file.ts';
import { describeStack, type Stack } from '../stack/stack.ts';
import { refuseForeign } from '../state/directory.ts';
import { layout, stagingPath } from '../state/layout.ts';

/** Removes the containers and networks of a deployment; its files stay. */
export async function removeContainers(deployment: Deployment): Promise<void> {
  const { project, serverName } = stackOf(deployment);
  await refuseForeign(deployment.directory, serverName, await deployment.engine.containers(project));
  await deployment.engine.removeJobs(project);
  if (await exists(inDirectory(deployment, composeFile))) {
    await deployment.compose.down();
  }
  const left = await deployment.engine.containers(project);
  await Promise.all(left.map(({ id }) => deployment.engine.remove(id)));
}

/**
 * Looks for what cannot be removed with the rest: a mount point, and what is on it may be wanted elsewhere.
 *
 * @throws UserError that names them; nothing has been deleted then
 */
export async function refuseMountPoints({ directory }: Pick<Deployment, 'directory'>): Promise<void> {
  const mounted = mountPointsBelow(directory, (await readIfExists('/proc/self/mountinfo')) ?? '');
  if (mounted.length > 0) {
    throw new UserError(`something is mounted in ${directory}`, {
      code: 'destroy.mounted',
      details: mounted,
      hint: `Nothing was deleted. Unmount it: \`umount ${mounted[0]}\`; what is on it stays. Then run the command again.`,
    });
  }
}

/**
 * Deletes what a deployment has written, and its directory when nothing else is in it.
 *
 * @returns names of what is left because it is not ours.
 */
export async function deleteDeployment(deployment: Deployment): Promise<string[]> {
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
  // matrix.yaml goes last: while it is there, the command can be run again.
  for (const name of [...topLevelNames(stack), layout.config]) {
    await rm(inDirectory(deployment, name), { recursive: true, force: true });
  }
  const left = await readdir(deployment.directory);
  if (left.length === 0) {
    await removeEmpty(deployment.directory);
  }
  return left;
}

/** One that is mounted itself stays, empty. */
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

// What the images are locked to does not matter to what is removed.
function stackOf({ config }: Pick<Deployment, 'config'>): Stack {
  return describeStack(config, {});
}
