import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { secretNamePattern } from '../components/secret-reference.ts';
import { ensureDirectory, namesIn, readIfExists, syncDirectory, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';

/** Path of an operator's secret. These have a directory of their own, so that none can replace a generated secret. */
const pathOf = (directory: string, name: string) => join(directory, layout.givenSecrets, name);

/** The values of secrets that an operator gives, by name. */
export type GivenValues = Readonly<Record<string, Secret>>;

/** An operator's secret, by name and the time when it was last set. */
export interface GivenSecret {
  readonly name: string;
  readonly setAt: Date;
}

/** The secrets that are set, sorted by name. Files whose name cannot be that of a secret are left out. */
export async function listGivenSecrets(directory: string): Promise<GivenSecret[]> {
  const names = await namesIn(join(directory, layout.givenSecrets));
  const found = await Promise.all(
    names
      .filter((name) => secretNamePattern.test(name))
      .map(async (name) => ({ name, setAt: (await stat(pathOf(directory, name))).mtime })),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A secret's value, or `undefined` where nobody has set it. */
export async function readGivenSecret(directory: string, name: string): Promise<Secret | undefined> {
  const text = await readIfExists(pathOf(directory, name));
  return text === undefined ? undefined : new Secret(text);
}

/** Writes a secret atomically. Only its owner can read the file; containers get a copy. */
export async function writeGivenSecret(directory: string, name: string, secret: Secret): Promise<void> {
  await ensureDirectory(join(directory, layout.secrets), modes.secretsDirectory);
  await ensureDirectory(join(directory, layout.givenSecrets), modes.secretsDirectory);
  await writeAtomically(pathOf(directory, name), secret.reveal(), modes.ownSecret);
}

export async function removeGivenSecret(directory: string, name: string): Promise<void> {
  await rm(pathOf(directory, name));
  await syncDirectory(join(directory, layout.givenSecrets));
}
