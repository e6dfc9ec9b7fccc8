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
 * Writes a secret. Its directory is the guard where several users of containers read the file.
 *
 * @param access for its owner alone where no container reads it
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

/** Names of the secrets that are there and are not made of the others as these are now. */
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
