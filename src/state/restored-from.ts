import * as z from 'zod';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const schema = z.object({ deployments: z.array(z.string()) });

/**
 * The IDs of the deployments of which this one is a restored backup: it takes their place in the targets that have
 * their backups. Empty if the record is lost, or for a deployment that was not restored into an empty directory.
 */
export async function readRestoredFrom(directory: string): Promise<readonly string[]> {
  const none = { deployments: [] };
  return (await readUnneeded(directory, { path: layout.restoredFrom, schema }, none)).deployments;
}

export async function writeRestoredFrom(directory: string, deployments: readonly string[]): Promise<void> {
  await writeState(directory, layout.restoredFrom, { deployments });
}
