import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalJson, objectionToKeys } from '../../../src/federation/server-keys.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('base64');
const published = { server_name: 'example.org', valid_until_ts: 2000, verify_keys: { 'ed25519:a': { key } } };

function signed<Document extends object>(document: Document, id = 'ed25519:a') {
  const signature = sign(null, Buffer.from(canonicalJson(document)), privateKey).toString('base64');
  return { ...document, signatures: { 'example.org': { [id]: signature } } };
}

test('keys that are signed with themselves must be good', () => {
  expect(objectionToKeys(signed(published), 'example.org', 1000)).toBeUndefined();
});

test.each([
  ['of another server', { ...signed(published), server_name: 'evil.example' }, 'the keys of evil.example'],
  ['of nobody', {}, 'the keys of nobody'],
  ['expired', signed({ ...published, valid_until_ts: 1000 }), 'expired'],
  ['none at all', signed({ ...published, verify_keys: {} }), 'no key'],
  ['changed after they were signed', { ...signed(published), valid_until_ts: 3000 }, 'ed25519:a is wrong'],
  ['not signed', published, 'ed25519:a is wrong or missing'],
  ['signed with another key', signed(published, 'ed25519:b'), 'ed25519:a is wrong or missing'],
  ['no key', signed({ ...published, verify_keys: { 'ed25519:a': { key: '?' } } }), 'ed25519:a is wrong'],
])('keys that are %s must not be', (_, document, objection) => {
  expect(objectionToKeys(document, 'example.org', 1000)).toContain(objection);
});

// Matrix appendices, "Canonical JSON", with its examples.
test.each([
  [{}, '{}'],
  [{ one: 1, two: 'Two' }, '{"one":1,"two":"Two"}'],
  [{ b: '2', a: '1' }, '{"a":"1","b":"2"}'],
  [{ a: '日本語' }, '{"a":"日本語"}'],
  [{ 本: 2, 日: 1 }, '{"日":1,"本":2}'],
  [{ a: null, b: [{ d: true, c: false }] }, '{"a":null,"b":[{"c":false,"d":true}]}'],
])('%j must be signed as %s', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});
