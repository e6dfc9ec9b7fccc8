import type { Deployment } from '../../apply/deployment.ts';
import { removeData } from '../../docker/remove-data.ts';
import type { Stack } from '../../stack/stack.ts';
import type { PendingRestore } from '../../state/pending-restore.ts';

/** Removes the directories of a restore that are not in use. */
export async function removeDirectories(
  { directory, engine }: Pick<Deployment, 'directory' | 'engine'>,
  { project, data, services }: Pick<Stack, 'project' | 'data' | 'services'>,
  directories: PendingRestore['directories'],
  which: readonly ('beside' | 'before')[],
): Promise<void> {
  const images = services.map(({ image }) => image);
  for (const places of directories) {
    const owner = data.find(({ path }) => path === places.inUse)?.owner;
    if (owner === undefined) continue;
    for (const name of which) {
      await removeData(engine, { project, path: `${directory}/${places[name]}`, owner, images });
    }
  }
}
