import { dirname } from 'node:path';
import { ensureDirectory } from '../host/files.ts';
import { modes } from '../layout.ts';
import type { Desired } from '../plan/reconcile.ts';
import { readsFile } from '../render/render.ts';
import { type Deployment, inDirectory } from './deployment.ts';

/**
 * Creates the directories that a service mounts. The engine would create missing ones as root, and this user could
 * not write files into them later.
 */
export async function makeMountedDirectories(
  deployment: Pick<Deployment, 'directory'>,
  { stack, rendering }: Desired,
  service: string,
): Promise<void> {
  const { mounts = [] } = stack.services.find(({ name }) => name === service) ?? {};
  for (const { path } of rendering.files.filter((file) => readsFile({ mounts }, file.path))) {
    await ensureDirectory(inDirectory(deployment, dirname(path)), modes.directory);
  }
  for (const { source } of mounts.filter(({ optional }) => optional)) {
    // Only the parent: the engine creates a missing optional directory whenever the service starts.
    await ensureDirectory(inDirectory(deployment, dirname(source)), modes.cacheDirectory);
  }
}
