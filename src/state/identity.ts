import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, readIfExists, writeIfChanged } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import type { IdentityRecord } from '../stack/identity.ts';

const schema = z.object({
  serverName: z.string(),
  deployment: z.string().regex(/^[0-9a-f]+$/),
  things: z.record(z.string(), z.string()),
  // Records of earlier versions have none.
  predecessors: z
    .record(z.string(), z.array(z.object({ identity: z.string(), until: z.number() })))
    .default({}),
});

/** The two copies of the record, one beside the data: each is `undefined` where it is lost or broken. */
export interface IdentityCopies {
  readonly own: IdentityRecord | undefined;
  readonly besideData: IdentityRecord | undefined;
}

/** Reads both copies of the identity record. */
export async function readIdentity(directory: string): Promise<IdentityCopies> {
  const [own, besideData] = await Promise.all(
    [layout.identity, layout.identityCopy].map((path) => readCopy(join(directory, path))),
  );
  return { own, besideData };
}

async function readCopy(path: string): Promise<IdentityRecord | undefined> {
  try {
    return schema.parse(JSON.parse((await readIfExists(path)) ?? ''));
  } catch {
    return undefined;
  }
}

/** Writes both copies, each atomically. */
export async function writeIdentity(
  directory: string,
  { serverName, deployment, things, predecessors }: IdentityRecord,
): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(things).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify({ serverName, deployment, things: sorted, predecessors }, undefined, 2)}\n`;
  const copies = [
    [layout.identity, modes.stateDirectory],
    [layout.identityCopy, modes.directory],
  ] as const;
  for (const [path, mode] of copies) {
    await ensureDirectory(dirname(join(directory, path)), mode);
    await writeIfChanged(join(directory, path), text, modes.state);
  }
}
