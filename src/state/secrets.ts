import { join } from 'node:path';
import type { SecretSpec } from '../components/secret.ts';
import { ensureDirectory, type FileAccess, readWhole, writeAtomically } from '../host/files.ts';
import { decodeText } from '../host/text.ts';
import { layout, modes, secretPath } from '../layout.ts';
import { isMadeOf } from '../secrets/made-of.ts';
import { secretsNamedIn } from '../secrets/named-secrets.ts';
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

/**
 * The secrets that stand as text in files that programs read, as far as they exist: those that others are derived
 * from, and each value in a derived file that is only a part of one, such as the two tokens of a registration.
 */
export async function readTextSecrets(directory: string, secrets: readonly SecretSpec[]): Promise<Secret[]> {
  const read = async (names: readonly string[]) => {
    const found = await Promise.all(names.map((name) => readSecret(directory, name).catch(() => undefined)));
    return found.filter((secret) => secret !== undefined);
  };
  const derived = secrets.flatMap(({ name, recipe }) =>
    recipe.kind === 'derived' ? [{ name, from: recipe.from }] : [],
  );
  const [sources, files] = await Promise.all([
    read([...new Set(derived.flatMap(({ from }) => from))]),
    read(derived.map(({ name }) => name)),
  ]);
  return [...sources, ...files.flatMap((file) => secretsNamedIn(file.reveal()))];
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
