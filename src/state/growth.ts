import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, writeAtomically } from '../host/files.ts';
import { type Sample, thinned } from '../host/health/growth.ts';
import { layout, modes } from '../layout.ts';
import { readUnneeded } from './state-file.ts';

const bytesByName = z.record(z.string(), z.number());
const samples = z.array(z.object({ at: z.iso.datetime(), free: bytesByName, sizes: bytesByName }));

/** The samples of a deployment, oldest first; a lost or broken record is taken for none. */
export async function readSamples(directory: string): Promise<Sample[]> {
  return readUnneeded(directory, { path: layout.growth, schema: samples }, []);
}

/**
 * Adds a sample, and drops what is too old or too close together.
 *
 * @throws the error of the file system: if there is no room for a record, there is none for the server's data either
 */
export async function addSample(directory: string, known: readonly Sample[], sample: Sample): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  const kept = thinned([...known, sample], new Date(sample.at));
  await writeAtomically(join(directory, layout.growth), `${JSON.stringify(kept)}\n`, modes.state);
}
