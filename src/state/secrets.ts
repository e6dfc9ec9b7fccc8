import { join } from 'node:path';
import type { SecretSpec } from '../components/secret.ts';
import { ensureDirectory, type FileAccess, readWhole, writeAtomically } from '../host/files.ts';
import { decodeText } from '../host/text.ts';
import { layout, modes, secretPath } from '../layout.ts';
import { isMadeOf } from '../secrets/made-of.ts';
import { Secret } from '../secrets/secret.ts';

/** A secret of a deployment directory. */
export async function readSecret(directory: string, name: string): Promise<Secret> {
  const path = join(directory, secretPath(name));
  return new Secret(decodeText(await readWhole(path), path));
}

/**
 * Writes a secret. If several users of containers read the file, only the mode of its directory protects it.
 *
 * @param access mode and owner of the file; the default is for secrets that no container reads
 */
export async function writeSecret(
  directory: string,
  name: string,
  secret: Secret,
  access: FileAccess = { mode: modes.ownSecret },
): Promise<void> {
  await ensureDirectory(join(directory, layout.secrets), modes.secretsDirectory);
  await writeAtomically(join(directory, secretPath(name)), secret.reveal(), access);
}

/** The secrets that others are derived from, as far as they exist: they stand as text in files that programs read. */
export async function readSources(directory: string, secrets: readonly SecretSpec[]): Promise<Secret[]> {
  const names = secrets.flatMap(({ recipe }) => (recipe.kind === 'derived' ? recipe.from : []));
  const found = await Promise.all(
    [...new Set(names)].map((name) => readSecret(directory, name).catch(() => undefined)),
  );
  return found.filter((secret) => secret !== undefined);
}

/** Names of the existing secrets that do not match the present secrets that they are made of. */
export async function observeMismatched(
  directory: string,
  secrets: readonly SecretSpec[],
): Promise<ReadonlySet<string>> {
  const read = async ({ name }: SecretSpec) =>
    [name, await readSecret(directory, name).catch(() => undefined)] as const;
  const there = new Map(await Promise.all(secrets.map(read)));
  const textOf = (name: string) => there.get(name)?.reveal();
  const mismatched = secrets.filter(({ name, recipe }) => {
    const text = textOf(name);
    return text !== undefined && !isMadeOf(recipe, text, textOf);
  });
  return new Set(mismatched.map(({ name }) => name));
}
