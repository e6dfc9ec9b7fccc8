import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Secret } from '../../../src/secrets/secret.ts';

const secret = new Secret('hunter2');

test.each<[string, string]>([
  ['a template string', `${secret}`],
  ['concatenation', ['a', secret].join('')],
  ['JSON', JSON.stringify({ a: [secret] })],
  ['YAML', stringify({ a: [secret] })],
  ['a print', inspect({ a: [secret] }, { depth: 9, showHidden: true })],
  ['its keys', JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret)])],
  ['a copy', JSON.stringify({ ...secret })],
  ['an error', String(new Error('no', { cause: secret }).cause)],
])('a secret must not be in %s', (_title, text) => {
  expect(text).not.toContain('hunter2');
});

test('whoever asks must get the value', () => {
  expect(secret.reveal()).toBe('hunter2');
});
