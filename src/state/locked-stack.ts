import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { layout } from '../layout.ts';
import { describeStack, type Stack } from '../stack/stack.ts';
import { readRecord } from './records.ts';

/** The stack of a deployment, with the digests that its images are locked to. */
export async function lockedStack({
  directory,
  config,
}: {
  readonly directory: string;
  readonly config: Config;
}): Promise<Stack> {
  return describeStack(config, await readRecord(join(directory, layout.imageLock)));
}
