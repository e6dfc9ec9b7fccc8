import { join } from 'node:path';
import { ensureDirectory, type FileAccess, readWhole, writeAtomically } from '../host/files.ts';
import { decodeText } from '../host/text.ts';
import { Secret } from '../secrets/secret.ts';
import { layout, modes, secretPath } from './layout.ts';

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
