import { expect, test } from 'vitest';
import { fingerprint } from '../../../src/secrets/fingerprint.ts';
import { Secret } from '../../../src/secrets/secret.ts';

const key = new Secret('key');

test('the fingerprint of the same parts must be the same', () => {
  expect(fingerprint(key, ['a', Buffer.from('b')])).toBe(fingerprint(key, ['a', 'b']));
});

test.each<[string, string, string[]]>([
  ['other parts', 'key', ['a', 'c']],
  ['the same text with other bounds', 'key', ['ab', '']],
  ['another order', 'key', ['b', 'a']],
  ['another key', 'other', ['a', 'b']],
])('the fingerprint must differ for %s', (_, other, parts) => {
  expect(fingerprint(new Secret(other), parts)).not.toBe(fingerprint(key, ['a', 'b']));
});
