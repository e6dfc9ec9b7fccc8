import { symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { repairAccess } from '../../apply/repair-access.ts';
import { bundleKeeper } from '../../apply/write-bundle.ts';
import { isolatedOptions } from '../../components/components.ts';
import type { Config } from '../../config/schema.ts';
import { ensureDirectory, exists } from '../../host/files.ts';
import { modes } from '../../layout.ts';
import { wrongAccess } from '../../plan/access.ts';
import { isolatedStack, renderIsolated } from '../../render/isolated.ts';
import { describeStack, type ImageLock, type Stack } from '../../stack/stack.ts';
import { observeBundles } from '../../state/bundles.ts';
import { observeAccess } from '../../state/observe-access.ts';
import { type Stage, stagedPath } from '../restore/staging.ts';

/**
 * Prepares the directory of the restored files so that Compose can start an isolated copy from it.
 *
 * @param config the restored configuration
 * @returns the stack of the copy
 */
export async function makeCopy(stage: Stage, config: Config, lock: ImageLock): Promise<Stack> {
  const directory = stagedPath(stage, '');
  const alone = { ...config, ...isolatedOptions(config) };
  const { bundles } = describeStack(alone, lock);
  const { wanted } = await observeBundles(directory, bundles);
  await Promise.all(wanted.map(bundleKeeper({ directory })));
  const paths = Object.fromEntries(wanted.map(({ name, path }) => [name, path]));
  const stack = isolatedStack(describeStack(alone, lock, paths));
  for (const { path, text } of renderIsolated(stack)) {
    await ensureDirectory(dirname(join(directory, path)), modes.directory);
    await writeFile(join(directory, path), text, { mode: modes.rendered });
  }
  await lendCaches(stage, stack);
  await openToReaders(stage, stack);
  return stack;
}

/** Lets the copy read the server's caches, through links. A cache that was created from another image is not used. */
async function lendCaches(stage: Stage, { caches }: Pick<Stack, 'caches'>): Promise<void> {
  for (const { path } of caches) {
    const lent = join(stage.directory, path);
    if (!(await exists(lent))) continue;
    const place = stagedPath(stage, path);
    await ensureDirectory(dirname(place), modes.cacheDirectory);
    await symlink(lent, place);
  }
}

/** Lets the users of the containers read the restored files, which belong to the user of this program. */
async function openToReaders(stage: Stage, stack: Stack): Promise<void> {
  const directory = stagedPath(stage, '');
  const access = await observeAccess(directory, stack, stage.engine);
  for (const operation of wrongAccess(stack, { access })) {
    if (operation.kind === 'repair-access') {
      await repairAccess(join(directory, operation.path), operation.access);
    }
  }
}
