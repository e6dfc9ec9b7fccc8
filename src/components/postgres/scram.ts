import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const iterations = 4096;

/**
 * The verifier that Postgres stores for a SCRAM-SHA-256 password (RFC 5803; PostgreSQL's pg_authid.rolpassword).
 * Sending it in place of the password keeps the password out of the server's statement log.
 *
 * @param password ASCII, as our own tokens are: SASLprep would change nothing.
 * @param salt 16 random bytes.
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
