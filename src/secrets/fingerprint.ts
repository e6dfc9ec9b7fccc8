import { createHmac } from 'node:crypto';
import type { SecretSpec } from '../components/secret.ts';
import type { Secret } from './secret.ts';

/**
 * The key for fingerprints, by which a deployment recognises values that may not be shown. The fingerprints are in
 * labels, names and state files. Without a key, a reader of these could try passwords until one fits.
 */
export const fingerprintKey: SecretSpec = {
  name: 'fingerprint_key',
  recipe: { kind: 'token', bytes: 32 },
  rotation: { effect: 'Services that read your secrets and files are created again.' },
};

/**
 * A short fingerprint of parts: the same for the same parts and key, and of no use for guessing the parts. It
 * includes the length of each part, so that `ab`, `c` and `a`, `bc` differ.
 */
export function fingerprint(key: Secret, parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key.reveal());
  for (const part of parts) {
    const bytes = Buffer.from(part as Uint8Array);
    hmac.update(`${bytes.length} `).update(bytes);
  }
  return hmac.digest('hex').slice(0, 16);
}
