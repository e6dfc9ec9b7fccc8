import { expect, test } from 'vitest';
import { problemsOf, refuseOtherServer } from '../../../src/procedures/restore/judge-set.ts';
import { refuseNewer } from '../../../src/procedures/restore/source.ts';

const set = '20261128-194501-3fa9';
const own = { serverName: 'example.org', identities: { 'signing.key': 'ed25519:a one' } };

test('a set of this server must be taken', () => {
  refuseOtherServer({ set, ...own }, own);
});

test.each([
  ['another name', { ...own, serverName: 'example.com' }, 'restore.foreign'],
  ['another key', { ...own, identities: { 'signing.key': 'ed25519:a two' } }, 'restore.key'],
  ['no key', { ...own, identities: {} }, 'restore.key'],
  ['a key more', { ...own, identities: { ...own.identities, 'other.key': 'x' } }, 'restore.key'],
])('a set of a server with %s must be refused', (_, manifest, code) => {
  expect(() => refuseOtherServer({ set, ...manifest }, own)).toThrow(expect.objectContaining({ code }));
});

test.each([
  ['0.1.0', '0.1.0', false],
  ['0.9.0', '0.10.0', false],
  ['0.10.0', '0.9.0', true],
  ['1.0.0', '0.9.0', true],
])('a set of version %s must be refused by %s: %s', (version, ownVersion, isRefused) => {
  const judge = () => refuseNewer({ set, version }, ownVersion);
  if (isRefused) expect(judge).toThrow(expect.objectContaining({ code: 'backup.newer' }));
  else judge();
});

test('a database must be judged by what it needs and by its problems', () => {
  const lines = ['rows users 2', 'schema 84', 'problem the stream events is ahead'];
  expect(problemsOf(lines, 94)).toEqual(['the stream events is ahead']);
  expect(problemsOf(['schema 95'], 94)).toHaveLength(1);
  expect(problemsOf(['schema 94'], 94)).toEqual([]);
  expect(problemsOf(['schema 95'], undefined)).toEqual([]);
});
