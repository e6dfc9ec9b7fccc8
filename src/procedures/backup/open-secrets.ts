import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { repairAccess } from '../../apply/repair-access.ts';
import { backupKey, secretPath } from '../../layout.ts';
import { wrongAccess } from '../../plan/access.ts';
import type { Stack } from '../../stack/stack.ts';
import { observeAccess } from '../../state/observe-access.ts';

/** Lets the users of the dumps' containers read the secrets that they mount: earlier versions may have denied it. */
export async function openSecrets(
  { directory, engine }: Pick<Deployment, 'directory' | 'engine'>,
  stack: Stack,
): Promise<void> {
  const mounted = new Set([
    ...stack.dumps.flatMap(({ job }) => job.mounts.map(({ source }) => source)),
    secretPath(backupKey.name),
  ]);
  const access = await observeAccess(directory, stack, engine);
  for (const operation of wrongAccess(stack, { access })) {
    if (operation.kind === 'repair-access' && mounted.has(operation.path)) {
      await repairAccess(inDirectory({ directory }, operation.path), operation.access);
    }
  }
}
