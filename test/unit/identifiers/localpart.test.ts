import { describe, expect, test } from 'vitest';
import { localpartIn, localpartProblem } from '../../../src/identifiers/localpart.ts';

describe('a name for a new user', () => {
  test.each(['bob', 'bob.smith', 'a=b/c+d-e_f', '1a'])('%s must be taken', (name) => {
    expect(localpartProblem(name)).toBeUndefined();
  });

  test.each([
    ['', 'must be small letters'],
    ['Bob', 'must be small letters'],
    ['@bob:example.org', 'must be small letters'],
    ['_bob', 'must not begin with _'],
    ['123', 'must not be digits only'],
    ['matrix-deploy', 'must be another one'],
  ])('%j must be refused, with the rule', (name, rule) => {
    expect(localpartProblem(name)).toContain(rule);
  });
});

test.each([
  ['Bob Smith', 'bob.smith'],
  ['@Bob:example.org', 'bob'],
  ['  Zoë  Müller ', 'zoe.muller'],
  ["_O'Brien", 'obrien'],
  ['李', undefined],
  ['123', undefined],
])('%j must be taken for %j', (text, meant) => {
  expect(localpartIn(text)).toBe(meant);
});
