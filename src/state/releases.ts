import { join } from 'node:path';
import * as z from 'zod';
import { readIfExists } from '../host/files.ts';
import { layout } from '../layout.ts';
import type { SignedText } from '../releases/accept.ts';
import { writeState } from './state-file.ts';

const signedText = z.object({ document: z.string(), signature: z.string() });

/**
 * The release document that was fetched for a deployment, with its signature, which is verified again at each use.
 *
 * @returns `undefined` where there is none; `broken` where the file is not what we write
 */
export async function readFetchedReleases(directory: string): Promise<SignedText | 'broken' | undefined> {
  const text = await readIfExists(join(directory, layout.releases));
  if (text === undefined) return undefined;
  try {
    return signedText.parse(JSON.parse(text));
  } catch {
    return 'broken';
  }
}

/** Writes a fetched release document and its signature into one file, so that the two always belong together. */
export async function writeFetchedReleases(directory: string, signed: SignedText): Promise<void> {
  await writeState(directory, layout.releases, signed);
}
