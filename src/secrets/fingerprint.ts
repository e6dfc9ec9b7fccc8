import { createHmac } from 'node:crypto';
import type { SecretSpec } from '../components/secret.ts';
import type { Secret } from './secret.ts';

/**
 * The key of the fingerprints by which a deployment recognises what may not be shown. They stand in labels, names and state
 * files: without a key, a reader of those could try passwords until one fits.
 */
export const fingerprintKey: SecretSpec = {
  name: 'fingerprint_key',
  recipe: { kind: 'token', bytes: 32 },
  rotation: { effect: 'Services that read your secrets and files are created again.' },
};

/** A short fingerprint of parts, each with its bounds: the same for the same parts and key, and no help in guessing them. */
export function fingerprint(key: Secret, parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key.reveal());
  for (const part of parts) {
    const bytes = Buffer.from(part as Uint8Array);
    hmac.update(`${bytes.length} `).update(bytes);
  }
  return hmac.digest('hex').slice(0, 16);
}
