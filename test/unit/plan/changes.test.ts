import { describe, expect, test } from 'vitest';
import { changedPaths, describeFileChange, describeServiceChange } from '../../../src/plan/changes.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';

test.each<[unknown, unknown, string[]]>([
  [1, 1, []],
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1 }, { a: 2 }, ['a']],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['a.c']],
  [{ a: 1 }, {}, ['a']],
  [{}, { a: { b: 1 } }, ['a']],
  [{ a: [1, 2] }, { a: [1, 3] }, ['a']],
  [{ a: [1] }, { a: { 0: 1 } }, ['a']],
  [{ a: null }, { a: {} }, ['a']],
  [undefined, { a: 1 }, ['']],
])('from %j to %j the paths %j must be named', (before, after, paths) => {
  expect(changedPaths(before, after)).toEqual(paths);
});

test.each<[string, string | undefined, string, string]>([
  ['a new file', undefined, 'a: 1', 'not there yet'],
  ['a value', 'a: 1', 'a: 2', 'a changed'],
  ['two values', 'a: 1\nb: 1', 'a: 2\nb: 2', 'a, b changed'],
  ['many values', 'a: 1', 'a: 2\nb: 2\nc: 2\nd: 2\ne: 2', 'a, b, c and 2 more changed'],
  ['a comment', '# x\na: 1', '# y\na: 1', 'only comments changed'],
  [
    'a digest',
    'labels: { matrix-deploy.digest: a }',
    'labels: { matrix-deploy.digest: b }',
    'configuration files of a service changed',
  ],
  ['a file that somebody broke', 'a: [', 'a: 1', 'a changed'],
  ['a file that is something else now', '- b', 'a: 1', 'all of it changed'],
  ['a file that is empty now', '', 'a: 1', 'all of it changed'],
])('%s must be told', (_title, before, after, text) => {
  expect(describeFileChange('x.yaml', before, after)).toBe(text);
});

test('what is no YAML must only be called changed', () => {
  expect(describeFileChange('pg_hba.conf', 'a', 'b')).toBe('changed');
});

describe('the cause of a recreation', () => {
  const { stack, rendering } = desiredOf(localConfig);
  const [postgres] = stack.services;
  const host = appliedHost(localConfig);
  const before = host.files;
  const cause = (changes: Record<string, string>) =>
    postgres &&
    describeServiceChange(postgres, { ...host, files: { ...before, ...changes } }, rendering.files);
  const compose = before['docker-compose.yml'] ?? '';

  test.each<[string, Record<string, string>, string]>([
    ['nothing that is known', {}, 'it runs an older configuration'],
    ['a file that it reads', { 'postgres/pg_hba.conf': 'old' }, 'postgres/pg_hba.conf: changed'],
    ['a file of another service', { 'synapse/homeserver.yaml': 'a: 1' }, 'it runs an older configuration'],
    ['its definition', { 'docker-compose.yml': compose.replace('"1g"', '"2g"') }, 'mem_limit changed'],
    [
      'another one',
      { 'docker-compose.yml': compose.replace('"256m"', '"1g"') },
      'it runs an older configuration',
    ],
    [
      'both',
      { 'postgres/pg_hba.conf': 'old', 'docker-compose.yml': compose.replace('"1g"', '"2g"') },
      'postgres/pg_hba.conf: changed; mem_limit changed',
    ],
  ])('must name %s', (_title, changes, text) => {
    expect(cause(changes)).toBe(text);
  });
});
