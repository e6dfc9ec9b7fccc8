import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

/** PostgreSQL's own default (scram_iterations). */
const usualIterations = 4096;

/**
 * The verifier that Postgres stores for a SCRAM-SHA-256 password (RFC 5803; PostgreSQL's pg_authid.rolpassword).
 * Sending it in place of the password keeps the password out of the server's statement log.
 *
 * @param password ASCII, as our own tokens are: SASLprep would change nothing.
 * @param salt 16 random bytes.
 */
export function scramVerifier(
  password: string,
  salt: Uint8Array,
  iterations: number = usualIterations,
): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}

/** Whether a verifier was made from this password. */
export function isVerifiedBy(password: string, verifier: string): boolean {
  const [, iterations, salt = ''] = /^SCRAM-SHA-256\$(\d{1,6}):([A-Za-z0-9+/=]+)\$/.exec(verifier) ?? [];
  if (iterations === undefined) return false;
  const own = scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations));
  return own.length === verifier.length && timingSafeEqual(Buffer.from(own), Buffer.from(verifier));
}
