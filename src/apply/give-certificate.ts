import { utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GivenCertificate } from '../components/given-certificate.ts';
import { ensureDirectory, isErrno, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { type Deployment, inDirectory } from './deployment.ts';

type Where = Pick<Deployment, 'directory'>;

/**
 * Writes the copy of a certificate that a service reads, and has it read again where the service runs: without a moment
 * at which half of it is there, or nothing.
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

/** Has a service that runs read its certificate again, by the time of the file that it watches. */
export async function haveRead(where: Where, { watched }: Pick<GivenCertificate, 'watched'>): Promise<void> {
  const now = new Date();
  await utimes(inDirectory(where, watched), now, now).catch((error) => {
    // It is written later, and the service started after that.
    if (!isErrno(error, 'ENOENT')) throw error;
  });
}
