import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import type { SignedText } from '../releases/accept.ts';
import { layout, modes } from './layout.ts';

const signedText = z.object({ document: z.string(), signature: z.string() });

/**
 * The release document that was fetched for a deployment, with its signature, so that whoever uses it can verify it
 * again.
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

/** Keeps a fetched release document; both of its texts in one file, so that they are always of one document. */
export async function writeFetchedReleases(directory: string, signed: SignedText): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await writeAtomically(
    join(directory, layout.releases),
    `${JSON.stringify(signed, undefined, 2)}\n`,
    modes.state,
  );
}
