import { afterAll, inject } from 'vitest';
import { Lab } from './lab.ts';

/**
 * The lab of this worker. The hosts that the file makes are removed after its last test; where it fails before it has
 * any, by the next file.
 */
export async function attachLab(): Promise<Lab> {
  // Byte code halves the processor time of a start of Synapse, and most scenarios start it several times.
  const lab = await Lab.attach(labOf(Number(process.env.VITEST_POOL_ID)), { asPublished: false });
  await lab.removeLeftHosts();
  afterAll(() => lab.removeHosts());
  return lab;
}

/** @param worker the number that Vitest gives to each of the workers that run at a time, from 1 */
function labOf(worker: number): string {
  const directory = inject('labDirectories')[worker - 1];
  if (directory === undefined) throw new Error(`no lab was brought up for worker ${worker}`);
  return directory;
}
