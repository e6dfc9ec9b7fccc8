import { readdir, rm, rmdir } from 'node:fs/promises';
import { type Deployment, inDirectory } from '../apply/deployment.ts';
import { removeData } from '../apply/remove-data.ts';
import { exists } from '../host/files.ts';
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
    await rmdir(deployment.directory);
  }
  return left;
}

function topLevelNames({ files }: Stack): Set<string> {
  const rendered = files.map(({ path }) => path.split('/')[0] ?? path);
  return new Set([composeFile, ...rendered, layout.data, layout.cache, layout.secrets, layout.state]);
}

// What the images are locked to does not matter to what is removed.
function stackOf({ config }: Pick<Deployment, 'config'>): Stack {
  return describeStack(config, {});
}
