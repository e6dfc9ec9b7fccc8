import { expect, test } from 'vitest';
import { oldSigningKeys, signingKeyIdentity } from '../../../src/components/synapse/signing-key.ts';

// The key of the specification (appendices, "Cryptographic Test Vectors"), which names its public half.
const seed = 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1';

test('a signing key is recognised by its name and its public half', () => {
  const identity = 'ed25519:1 XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI';
  expect(signingKeyIdentity(`ed25519 1 ${seed}\n`)).toBe(identity);
  expect(signingKeyIdentity(`ed25519 1 ${seed}\ned25519 0 ${seed}`), 'the first is the one in use').toBe(
    identity,
  );
});

test.each(['', 'ed25519', 'ed25519 1 short', `rsa 1 ${seed}`])('%j is no signing key', (text) => {
  expect(signingKeyIdentity(text)).toBe('no signing key');
});

test('keys that were in use before are published with the public half and their end, beside those of the operator', () => {
  const predecessors = [{ identity: 'ed25519:a_1 half', until: 5 }];
  expect(
    oldSigningKeys(predecessors, { old_signing_keys: { 'ed25519:0': { key: 'older', expired_ts: 1 } } }),
  ).toEqual({
    old_signing_keys: {
      'ed25519:0': { key: 'older', expired_ts: 1 },
      'ed25519:a_1': { key: 'half', expired_ts: 5 },
    },
  });
  expect(oldSigningKeys([], { old_signing_keys: {} })).toEqual({});
});
