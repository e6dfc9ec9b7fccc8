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
  /** Bytes that it added to the repository. */
  added: bytes,
});

const database = z.object({
  name: z.string(),
  /** Number of rows in the dump, by table. */
  rows: z.record(z.string(), z.number()),
});

/** The contents of a set and how they were verified. A set exists only once its manifest is saved as a snapshot. */
const manifestSchema = z.object({
  format: z.literal(1),
  set: z.string().regex(setIdPattern),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The version of matrix-deploy that made the set. */
  version: z.string(),
  serverName: z.string(),
  /** ID of the deployment, which does not depend on its keys. Absent when it was unknown. */
  deployment: z.string().optional(),
  /** The public half of each secret by which other servers recognize this one, by the secret's name. */
  identities: z.record(z.string(), z.string()),
  /** By tag, the digest of each image that ran. */
  images: z.record(z.string(), z.string()),
  parts: z.array(part),
  databases: z.array(database),
  /** What is not in it, and why. */
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** The results of the verification, a sentence each. */
  checks: z.array(z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestPart = Manifest['parts'][number];

/** @throws UserError for a manifest of a newer format, of another set, or that matrix-deploy has not written */
export function parseManifest(text: string, set: string): Manifest {
  const read = readJson(text);
  const format = z.object({ format: z.number() }).safeParse(read);
  if (format.success && format.data.format > 1) {
    throw new UserError(`the set ${set} was created by a newer version of matrix-deploy`, {
      code: 'backup.manifest.newer',
      hint: 'Install that version, or a later one.',
    });
  }
  const manifest = manifestSchema.safeParse(read);
  if (!manifest.success || manifest.data.set !== set) {
    throw new UserError(`the manifest of the set ${set} was not written by matrix-deploy`, {
      code: 'backup.manifest.invalid',
      hint: 'Use another set: `matrix-deploy backup list`.',
    });
  }
  return manifest.data;
}

/** Whether `parseManifest` has thrown an error since matrix-deploy has not written the manifest. */
export function isInvalidManifest(error: unknown): boolean {
  return error instanceof UserError && error.code === 'backup.manifest.invalid';
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The size of a set, and how much it added to the repository, in bytes. */
export function sizesOf({ parts }: Pick<Manifest, 'parts'>): { bytes: number; added: number } {
  const sum = (key: 'bytes' | 'added') => parts.reduce((all, one) => all + one[key], 0);
  return { bytes: sum('bytes'), added: sum('added') };
}
