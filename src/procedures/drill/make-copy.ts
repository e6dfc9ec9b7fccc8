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
 * Makes what was restored into a directory that Compose can start, as a copy that reaches nobody.
 *
 * @param config as it was restored
 * @returns what is to be started
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

/** A cache may be read by a copy, too: what was made from another image is not used. */
async function lendCaches(stage: Stage, { caches }: Pick<Stack, 'caches'>): Promise<void> {
  for (const { path } of caches) {
    const lent = join(stage.directory, path);
    if (!(await exists(lent))) continue;
    const place = stagedPath(stage, path);
    await ensureDirectory(dirname(place), modes.cacheDirectory);
    await symlink(lent, place);
  }
}

/** What was restored belongs to who restored it: its readers are the users of containers. */
async function openToReaders(stage: Stage, stack: Stack): Promise<void> {
  const directory = stagedPath(stage, '');
  const access = await observeAccess(directory, stack, stage.engine);
  for (const operation of wrongAccess(stack, { access })) {
    if (operation.kind === 'repair-access') {
      await repairAccess(join(directory, operation.path), operation.access);
    }
  }
}
