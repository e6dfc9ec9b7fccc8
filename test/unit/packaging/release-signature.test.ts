import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readSecretKey, signMinisign, signRelease } from '../../../packaging/release-signature.ts';
import { builtIn } from '../../../src/releases/releases.ts';

// Made by minisign 0.11 of Debian: `minisign -G -W`, `minisign -S -t COMMENT`.
const secretKey =
  'RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAfJ6UEFCYEXWxXr+mjIjgqPnjANz3LNyVmNKEjcSj3FwqBnyl5iJfnKE5Ao9e4qwWxlGYjJg/bRACTzzjhKOSkWII0PhLr28lAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const publicKeys =
  'untrusted comment: minisign public key 7511985010949E7C\nRWR8npQQUJgRdaE5Ao9e4qwWxlGYjJg/bRACTzzjhKOSkWII0PhLr28l\n';
const signature = `untrusted comment: signature from minisign secret key
RUR8npQQUJgRdaC3lz+US2zZTuzfzFZ9kT2VIUe0AuS2O8tIrs9VuSOgqteYFEZVf5VHdaBfNW4Xt43rhQ+SKDN5+/j54VXIhQg=
trusted comment: matrix-deploy releases, serial 2
geDRfIDP+a8VfGPBu4QAEoi57yNC+L46so7Ksb2YiI8JEJGXu/uVMsJjfo2092jIttytPV/eL9pvcmBgXD5FCg==
`;

const fileOf = (line: string) => `untrusted comment: minisign encrypted secret key\n${line}\n`;
const noPassword = () => Promise.reject(new Error('nobody is to be asked'));
const key = () => readSecretKey(fileOf(secretKey), noPassword);

test('what is signed must be what minisign makes of it', async () => {
  expect(signMinisign('{"a":1}\n', 'matrix-deploy releases, serial 2', await key())).toBe(signature);
});

describe('a secret key with a password', () => {
  /** The same key as minisign would encrypt it, with limits that take no time: 2^10 rounds in a megabyte. */
  function encrypted(password: string): string {
    const bytes = Buffer.from(secretKey, 'base64');
    bytes.write('Sc', 2);
    bytes.fill(7, 6, 38);
    bytes.writeBigUInt64LE(32768n, 38);
    bytes.writeBigUInt64LE(1048576n, 46);
    const mask = scryptSync(password, bytes.subarray(6, 38), 104, { N: 1024, r: 8, p: 1 });
    for (const [index, byte] of mask.entries()) bytes[54 + index] = (bytes[54 + index] ?? 0) ^ byte;
    return fileOf(bytes.toString('base64'));
  }

  test('must be opened by it', async () => {
    const { id } = await readSecretKey(encrypted('correct'), async () => 'correct');
    expect(id).toEqual((await key()).id);
  });

  test('must not be opened by another', async () => {
    await expect(readSecretKey(encrypted('correct'), async () => 'wrong')).rejects.toThrow('password');
  });
});

test.each([
  ['a public key', publicKeys],
  ['nothing', ''],
])('what is no secret key must be refused: %s', async (_, text) => {
  await expect(readSecretKey(text, noPassword)).rejects.toThrow('no secret key');
});

describe('a release document', () => {
  const newer = { ...builtIn, serial: builtIn.serial + 1 };
  const given = async (document: object, keys = publicKeys) =>
    signRelease({
      document: JSON.stringify(document),
      ...{ key: await key(), publicKeys: keys, builtInSerial: builtIn.serial, now: new Date(builtIn.issued) },
    });

  test('must be signed with its serial in the comment', async () => {
    expect(await given(newer)).toContain(`trusted comment: matrix-deploy releases, serial ${newer.serial}\n`);
  });

  test.each([
    ['the serial that is built in', builtIn, publicKeys, /serial/],
    ['an older serial', { ...newer, serial: 0 }, publicKeys, /serial|understands/],
    [
      'a day of expiry that has passed',
      { ...newer, issued: '2025-12-01', expires: '2026-01-01' },
      publicKeys,
      /valid until/,
    ],
    ['a field that is missing', { ...newer, sets: undefined }, publicKeys, /understands/],
    ['a key that nobody has', newer, '# none yet\n', /does not know/],
  ])('must not be signed with %s', async (_, document, keys, why) => {
    await expect(given(document, keys)).rejects.toThrow(why);
  });
});
