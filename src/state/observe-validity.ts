import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { SecretSpec } from '../components/secret.ts';
import { readWhole } from '../host/files.ts';
import { secretPath } from '../layout.ts';
import type { Validity } from '../plan/observed-state.ts';

/** Reads the periods of validity of the certificates that this program issues. */
export async function observeValidity(
  directory: string,
  secrets: readonly SecretSpec[],
): Promise<Record<string, Validity>> {
  const certificates = secrets.filter(
    ({ recipe: { kind } }) => kind === 'certificate' || kind === 'authority',
  );
  const found = await Promise.all(
    certificates.map(async ({ name }): Promise<[string, Validity][]> => {
      // Missing files and files that cannot be read are observed elsewhere.
      const pem = await readWhole(join(directory, secretPath(name))).catch(() => undefined);
      return pem === undefined ? [] : [[name, validityOf(pem)]];
    }),
  );
  return Object.fromEntries(found.flat());
}

function validityOf(pem: Buffer): Validity {
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    return { from: new Date(validFrom), until: new Date(validTo) };
  } catch {
    return 'unreadable';
  }
}
