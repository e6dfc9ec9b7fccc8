import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** Evidence of a drill: what was restored, what was found, and how long it took. */
export interface DrillEvidence {
  readonly format: 1;
  readonly set: string;
  readonly target: string;
  readonly serverName: string;
  /** The version of matrix-deploy that ran the drill. */
  readonly version: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: 'passed' | 'failed';
  /** By step, in the order in which they were done. */
  readonly seconds: Readonly<Record<string, number>>;
  /** From the beginning until the copy served; `null` if it never served. */
  readonly secondsToServe: number | null;
  /** Number of restored rows, by database and table: the same as at the time of the dump. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By tag, the digest of each image that the set was made with. */
  readonly images: Readonly<Record<string, string>>;
  readonly checks: readonly { readonly ok: boolean; readonly found: string }[];
  /** Absent when the drill passed. */
  readonly failure?: { readonly message: string; readonly details: readonly string[] };
}

const mostKept = 100;

/**
 * Writes the evidence of a drill, and removes that of old ones: the latest `mostKept` stay.
 *
 * @returns its path below the deployment directory
 */
export async function keepEvidence(directory: string, evidence: DrillEvidence): Promise<string> {
  const place = join(directory, layout.drills);
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await ensureDirectory(place, modes.stateDirectory);
  const name = `${evidence.startedAt.replaceAll(/[-:]|\.\d+/g, '')}.json`;
  await writeAtomically(join(place, name), `${JSON.stringify(evidence, undefined, 2)}\n`, modes.state);
  const all = (await readdir(place)).filter((one) => one.endsWith('.json')).sort();
  for (const old of all.slice(0, -mostKept)) await rm(join(place, old), { force: true });
  return `${layout.drills}/${name}`;
}
