import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Settings } from '../component.ts';
import type { Predecessor } from '../secret.ts';

/** The bytes that PKCS #8 has before the 32 bytes of an ed25519 key (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The name and the public half of the key that Synapse signs with, as the server publishes them: `ed25519:a_1234 <base64>`.
 *
 * @param text of a key file: `<algorithm> <version> <unpadded base64 of the seed>`, the key in use first (signedjson)
 */
export function signingKeyIdentity(text: string): string {
  const [algorithm, version, seed = ''] = text.trim().split(/\s+/);
  const bytes = Buffer.from(seed, 'base64');
  if (algorithm !== 'ed25519' || bytes.length !== 32) {
    return 'no signing key';
  }
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return `${algorithm}:${version} ${Buffer.from(x, 'base64url').toString('base64').replace(/=+$/, '')}`;
}

/**
 * The option with which Synapse publishes keys that it no longer signs with (server-server API, "Publishing Keys",
 * `old_verify_keys`): by name, the public half and the time of its last use, in milliseconds since 1970.
 *
 * @param overrides may have older keys, from before matrix-deploy ran this server
 */
export function oldSigningKeys(predecessors: readonly Predecessor[], overrides: Settings): Settings {
  if (predecessors.length === 0) return {};
  const keys = predecessors.map(({ identity, until }) => {
    const [name, key] = identity.split(' ');
    return [name, { key, expired_ts: until }];
  });
  const given = overrides.old_signing_keys;
  const older = typeof given === 'object' && given !== null ? given : {};
  return { old_signing_keys: { ...older, ...Object.fromEntries(keys) } };
}
