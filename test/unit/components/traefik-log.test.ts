import { describe, expect, test } from 'vitest';
import { explainFailure, hasGivenUpOn } from '../../../src/components/traefik/log.ts';

const started = '2026-11-24T12:08:47Z INF Starting provider *acme.Provider';
const tries = (name: string) =>
  `2026-11-24T12:08:59Z INF Obtaining bundled SAN certificate. domains=${name} lib=lego`;
const has = (name: string) =>
  `2026-11-24T12:09:04Z INF Server responded with a certificate. domains=${name} lib=lego`;
const fails = (name: string) =>
  `2026-11-24T12:09:00Z ERR Unable to obtain ACME certificate for domains error="unable to generate a certificate for the domains [${name}]: acme: error: 400 :: Could not resolve URL \\"${name}\\"" acmeCA=https://ca.example/directory domains=["${name}"] providerName=acme.acme routerName=synapse@file`;
const skipped =
  '2026-11-24T12:08:47Z ERR The ACME resolve is skipped from the resolvers list error="unable to get ACME account: permissions 644 for /acme/acme.json are too open, please use 600" resolver=acme';
const unknown =
  '2026-11-24T12:08:48Z ERR Router uses a nonexistent certificate resolver certificateResolver=acme routerName=synapse@file';

describe('what Traefik has given up', () => {
  test.each([
    ['an error about the name', [started, tries('a.test'), fails('a.test')], true],
    ['an error that a success for another name follows', [fails('a.test'), has('b.test')], true],
    ['an error about no name', [started, skipped, unknown], true],
    ['an attempt after the error', [fails('a.test'), tries('a.test')], false],
    ['a start after the error', [fails('a.test'), started], false],
    ['an error about another name', [tries('a.test'), fails('b.test')], false],
    ['an error about a longer name', [tries('a.test'), fails('matrix.a.test')], false],
    ['nothing', [], false],
  ])('must be told by %s as its last word', (_, log, expected) => {
    expect(hasGivenUpOn('a.test')(log)).toBe(expected);
  });
});

test.each([
  [
    'what the authority said',
    [started, tries('a.test'), fails('a.test')],
    'unable to generate a certificate for the domains [a.test]: acme: error: 400 :: Could not resolve URL "a.test"',
  ],
  [
    'the cause rather than what follows from it',
    [started, skipped, unknown],
    'unable to get ACME account: permissions 644 for /acme/acme.json are too open, please use 600',
  ],
  ['the last line where no error has a reason', [started, unknown], unknown],
])('the reason for a failure must be %s', (_, log, expected) => {
  expect(explainFailure(log.join('\n'))).toBe(expected);
});
