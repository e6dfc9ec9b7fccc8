import * as z from 'zod';
import { readIfExists, writeIfChanged } from '../host/files.ts';
import { modes } from '../layout.ts';

const textByName = z.record(z.string(), z.string());

/**
 * Reads a small state file: texts by name. Such files only save time or explain something. A lost or broken one
 * counts as empty, since every decision can be derived again from the engine, the database and the files.
 */
export async function readRecord(path: string): Promise<Record<string, string>> {
  try {
    return textByName.parse(JSON.parse((await readIfExists(path)) ?? '{}'));
  } catch {
    return {};
  }
}

/** Writes a small state file. */
export async function writeRecord(path: string, record: Readonly<Record<string, string>>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeIfChanged(path, `${JSON.stringify(sorted, undefined, 2)}\n`, modes.state);
}
