import { utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GivenCertificate } from '../components/given-certificate.ts';
import { ensureDirectory, isErrno, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { type Deployment, inDirectory } from './deployment.ts';

type Where = Pick<Deployment, 'directory'>;

/**
 * Atomically writes the copy of a certificate that a service reads, and makes a running service read it again.
 */
export async function giveCertificate(
  where: Where,
  { copy, ...given }: GivenCertificate,
  pem: string,
): Promise<void> {
  await ensureDirectory(inDirectory(where, layout.secrets), modes.secretsDirectory);
  await ensureDirectory(inDirectory(where, dirname(copy)), modes.directory);
  await writeAtomically(inDirectory(where, copy), pem, modes.secret);
  await haveRead(where, given);
}

/** Makes a running service read its certificate again: changes the modification time of the file that it watches. */
export async function haveRead(where: Where, { watched }: Pick<GivenCertificate, 'watched'>): Promise<void> {
  const now = new Date();
  await utimes(inDirectory(where, watched), now, now).catch((error) => {
    // The file is written later, and the service starts after that.
    if (!isErrno(error, 'ENOENT')) throw error;
  });
}
