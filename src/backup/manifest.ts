import * as z from 'zod';
import { UserError } from '../errors.ts';
import { setIdPattern } from './set.ts';

const bytes = z.number().nonnegative();

const part = z.object({
  /** As in the tag of its snapshot. */
  name: z.string(),
  kind: z.enum(['database', 'digests', 'data', 'files']),
  /** Database, or path below the deployment directory. */
  subject: z.string(),
  snapshot: z.string(),
  /** Path of the file or directory in the snapshot. */
  path: z.string(),
  files: z.number(),
  bytes,
  /** What it added to the repository. */
  added: bytes,
});

const database = z.object({
  name: z.string(),
  /** By table, as the dump has them. */
  rows: z.record(z.string(), z.number()),
});

/** What a set consists of and how it was proved: the snapshot that makes it a set. */
const manifestSchema = z.object({
  format: z.literal(1),
  set: z.string().regex(setIdPattern),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The program that made it. */
  version: z.string(),
  serverName: z.string(),
  /** What tells this deployment from any other, whatever happens to its keys; absent where it was not known. */
  deployment: z.string().optional(),
  /** By name of a secret, the public half of what makes this server the one that others know. */
  identities: z.record(z.string(), z.string()),
  /** By tag, the digest of each image that ran. */
  images: z.record(z.string(), z.string()),
  parts: z.array(part),
  databases: z.array(database),
  /** What is not in it, and why. */
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** What was found to be so, a sentence each. */
  checks: z.array(z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestPart = Manifest['parts'][number];

/** @throws UserError for one that another format or another program has made */
export function parseManifest(text: string, set: string): Manifest {
  const read = readJson(text);
  const format = z.object({ format: z.number() }).safeParse(read);
  if (format.success && format.data.format > 1) {
    throw new UserError(`the set ${set} was made by a newer version of matrix-deploy`, {
      code: 'backup.manifest.newer',
      hint: 'Install that version, or a later one.',
    });
  }
  const manifest = manifestSchema.safeParse(read);
  if (!manifest.success || manifest.data.set !== set) {
    throw new UserError(`the manifest of the set ${set} is none that matrix-deploy has written`, {
      code: 'backup.manifest.invalid',
      hint: 'Use another set: `matrix-deploy backup list`.',
    });
  }
  return manifest.data;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** All that a set holds, in bytes, and what it added to the repository. */
export function sizesOf({ parts }: Pick<Manifest, 'parts'>): { bytes: number; added: number } {
  const sum = (key: 'bytes' | 'added') => parts.reduce((all, one) => all + one[key], 0);
  return { bytes: sum('bytes'), added: sum('added') };
}
