import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Secret, withoutSecrets } from '../../../src/secrets/secret.ts';

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

test('a caller that asks must get the value', () => {
  expect(secret.reveal()).toBe('hunter2');
});

test.each([
  ['as it is', 'hunter2', "'hunter2' is not of type 'object'", "'[secret]' is not of type 'object'"],
  ['within a quoted string', 'hun"ter2', '{"pass": "hun\\"ter2"}', '{"pass": "[secret]"}'],
  ['a line of it', 'first line\nsecond line', 'could not read "second line"', 'could not read "[secret]"'],
  ['without its line break', 'hunter2\n', 'said hunter2.', 'said [secret].'],
  ['more than once', 'hunter2', 'hunter2 hunter2', '[secret] [secret]'],
  ['too short to tell from a word', 'on', 'on and on', 'on and on'],
])('a secret must be left out of what others say: %s', (_, secret, text, shown) => {
  expect(withoutSecrets(text, [new Secret(secret)])).toBe(shown);
});

test('a secret must be left out whole where another one is a part of it', () => {
  const secrets = [new Secret('hunter'), new Secret('hunter2-and-more')];
  expect(withoutSecrets('said hunter2-and-more', secrets)).toBe('said [secret]');
});
