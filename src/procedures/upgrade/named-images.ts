import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { readIfExists } from '../../host/files.ts';
import { composeFile } from '../../layout.ts';
import { versionChanges } from '../../plan/version-changes.ts';
import { unlockedStack } from '../../stack/stack.ts';

/** Whether a configuration names other images than those that were last started, whether or not these ever worked. */
export async function namesOtherImages(directory: string, config: Config): Promise<boolean> {
  const text = await readIfExists(join(directory, composeFile));
  const observed = { files: text === undefined ? {} : { [composeFile]: text }, isInstalled: true };
  return versionChanges(unlockedStack(config), observed).length > 0;
}
