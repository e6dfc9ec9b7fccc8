import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SecretRecipe } from '../../../src/components/secret.ts';
import { generatePassword, generateSecret } from '../../../src/secrets/generate.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { countingBytes } from '../../fakes/random.ts';

const now = new Date('2026-01-01T00:00:00Z');
const none = async (name: string): Promise<Secret> => {
  throw new Error(`nobody made ${name}`);
};
const make = async (recipe: SecretRecipe, random = countingBytes(), read = none) =>
  (await generateSecret(recipe, read, random, now)).reveal();

describe('a token', () => {
  test('must be URL-safe text of its bytes', async () => {
    expect(await make({ kind: 'token', bytes: 6 }, () => Uint8Array.of(251, 255, 254, 0, 1, 2))).toBe(
      '-__-AAEC',
    );
  });

  test.each([16, 32])('of %i bytes must hold all of them', async (bytes) => {
    expect(Buffer.from(await make({ kind: 'token', bytes }), 'base64url')).toHaveLength(bytes);
  });
});

describe('a signing key', () => {
  // As signedjson.key.read_signing_keys does: three words, the last one decoded with its padding restored.
  const decode = (text: string) => {
    const [algorithm = '', version = '', encoded = ''] = text.split(' ').map((word) => word.trim());
    return { algorithm, version, seed: Buffer.from(encoded, 'base64'), encoded };
  };

  test('must be in the form that Synapse reads', async () => {
    const text = await make({ kind: 'signing-key' });
    const { algorithm, version, seed, encoded } = decode(text);
    expect({ algorithm, version, newline: text.endsWith('\n') }).toEqual({
      algorithm: 'ed25519',
      version: 'a_00010203',
      newline: true,
    });
    expect([...seed]).toEqual(Array.from({ length: 32 }, (_, index) => index + 4));
    expect(encoded).toMatch(/^[A-Za-z0-9+/]{43}$/);
  });

  test('must be an ed25519 key', async () => {
    const { seed } = decode(await make({ kind: 'signing-key' }, randomBytes));
    const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const message = Buffer.from('event');
    expect(verify(null, message, createPublicKey(key), sign(null, message, key))).toBe(true);
  });
});

test('a derived secret must be made of those that it names', async () => {
  const recipe: SecretRecipe = {
    kind: 'derived',
    from: ['user', 'password'],
    text: (user, password) => `${user}=${password}\n`,
  };
  expect(await make(recipe, countingBytes(), async (name) => new Secret(`the ${name}`))).toBe(
    'the user=the password\n',
  );
});

test.each<SecretRecipe>([{ kind: 'token', bytes: 32 }, { kind: 'signing-key' }, { kind: 'private-key' }])(
  'two runs must give two secrets: $kind',
  async (recipe) => {
    const all = await Promise.all(Array.from({ length: 8 }, () => make(recipe, randomBytes)));
    expect(new Set(all).size).toBe(8);
  },
);

describe('a password', () => {
  const alphabet = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

  test('must be four groups of six characters that are not taken for one another', () => {
    for (let run = 0; run < 50; run++) {
      const password = generatePassword(randomBytes).reveal();
      expect(password).toMatch(new RegExp(`^([${alphabet}]{6}-){3}[${alphabet}]{6}$`));
    }
  });

  test('must have every character equally often: bytes past the last whole multiple are dropped', () => {
    // Every byte once, over and over: whatever is not dropped would show.
    const random = countingBytes();
    const counts = new Map<string, number>();
    for (let run = 0; run < alphabet.length; run++) {
      for (const character of generatePassword(random).reveal().replaceAll('-', '')) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    expect(new Set(counts.values())).toEqual(new Set([24]));
    expect(counts.size).toBe(alphabet.length);
  });
});

test.each<SecretRecipe>([
  { kind: 'authority', commonName: 'ca', key: 'ca.key' },
  { kind: 'certificate', names: ['localhost'], key: 'ca.key', authority: 'ca.pem', authorityKey: 'ca.key' },
])('a private key that is damaged must be named, and what it says not be told: $kind', async (recipe) => {
  const damaged = make(recipe, countingBytes(), async () => new Secret('half a key'));
  await expect(damaged).rejects.toThrow(expect.objectContaining({ code: 'secrets.damaged' }));
  await expect(damaged).rejects.toThrow(/^secrets\/ca\.key is not a private key$/);
});
