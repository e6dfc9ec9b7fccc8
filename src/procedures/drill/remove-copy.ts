import { join } from 'node:path';
import type { Engine } from '../../docker/engine.ts';
import { exists } from '../../host/files.ts';
import { layout } from '../../layout.ts';
import { copyProject } from '../../render/isolated.ts';
import { networkName } from '../../stack/running.ts';
import { removeStaging, type Stage, type Workplace } from '../restore/staging.ts';

/** Where a copy of a deployment is made, and what its containers belong to. */
export function drilling(project: string): Workplace {
  return { path: layout.drill, project: copyProject(project) };
}

/**
 * Removes a copy with its containers and data, also one that a killed drill has left, whatever is left of it. Nobody else
 * makes one at this time.
 */
export async function removeCopy(stage: Stage): Promise<void> {
  const { engine, workplace } = stage;
  await removeRunning(engine, workplace.project);
  await removeStaging(stage);
}

/** Is anything of a copy in a deployment directory? */
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
