import { afterAll, inject } from 'vitest';
import { Lab } from './lab.ts';

/** The lab of this test run. The hosts that the file makes are removed after its last test. */
export async function attachLab(): Promise<Lab> {
  const lab = await Lab.attach(inject('labDirectory'));
  afterAll(() => lab.removeHosts());
  return lab;
}
