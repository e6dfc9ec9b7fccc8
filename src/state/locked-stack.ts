import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { layout } from '../layout.ts';
import { describeStack, type Stack } from '../stack/stack.ts';
import { readRecord } from './records.ts';

/** What a deployment is to run, with the digests of its images as they are locked. */
export async function lockedStack({
  directory,
  config,
}: {
  readonly directory: string;
  readonly config: Config;
}): Promise<Stack> {
  return describeStack(config, await readRecord(join(directory, layout.imageLock)));
}
