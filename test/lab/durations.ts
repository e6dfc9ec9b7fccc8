import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';

/** How long things took when they were last done, in seconds, by their names. */
export type Durations = Record<string, number>;

const path = (): string => join(cacheDir(), 'durations.json');

export async function readDurations(): Promise<Durations> {
  try {
    return JSON.parse(await readFile(path(), 'utf8')) as Durations;
  } catch {
    // None yet, or unreadable: they only serve estimates.
    return {};
  }
}

export async function writeDurations(durations: Durations): Promise<void> {
  await mkdir(cacheDir(), { recursive: true });
  const part = `${path()}.${process.pid}`;
  await writeFile(part, JSON.stringify(durations, undefined, 2));
  await rename(part, path());
}
