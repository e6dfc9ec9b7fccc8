import { join } from 'node:path';
import type { Engine } from '../../docker/engine.ts';
import { exists } from '../../host/files.ts';
import { layout } from '../../layout.ts';
import { copyProject } from '../../render/isolated.ts';
import { networkName } from '../../stack/running.ts';
import { removeStaging, type Stage, type Workplace } from '../restore/staging.ts';

/** The directory of a deployment's copy, and the project of its containers. */
export function drilling(project: string): Workplace {
  return { path: layout.drill, project: copyProject(project) };
}

/**
 * Removes a copy with its containers and data, also what a killed drill has left of one. No other drill may run at
 * the same time.
 */
export async function removeCopy(stage: Stage): Promise<void> {
  const { engine, workplace } = stage;
  await removeRunning(engine, workplace.project);
  await removeStaging(stage);
}

/** Whether a deployment directory has a copy, or what is left of one. */
export async function hasCopy(directory: string): Promise<boolean> {
  return exists(join(directory, layout.drill));
}

async function removeRunning(engine: Engine, project: string): Promise<void> {
  await engine.removeJobs(project);
  for (const { id } of await engine.containers(project)) await engine.remove(id);
  for (const name of ['data', 'web']) {
    const network = networkName(project, name);
    if ((await engine.network(network)) !== undefined) await engine.removeNetwork(network);
  }
}
