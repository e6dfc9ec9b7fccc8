import { expect, test } from 'vitest';
import {
  canGoBackByImage,
  changesToCome,
  describeMigration,
  parseDatabase,
  parseRelease,
} from '../../../src/plan/migrations.ts';

const release = parseRelease([
  'a warning of Python',
  'version 1.163.2',
  'schema 94',
  'compat 84',
  'change 93/05_old.sql',
  'change 94/06_done.sql',
  'change 94/07_new.sql',
  'unknown lost_work',
]);
const database = parseDatabase(['schema 94', 'compat 84', 'done 94/06_done.sql', 'work populate_stats', '']);

test('what a release and a database tell must be read', () => {
  expect(release).toMatchObject({ version: '1.163.2', schema: 94, compat: 84, unknown: ['lost_work'] });
  expect(database).toMatchObject({ schema: 94, compat: 84, works: ['populate_stats'] });
});

test.each([
  [[]],
  [['version 1', 'schema 94']],
  [['schema 94', 'compat 84']],
  [['version 1', 'schema x', 'compat 1']],
])('half of what a release tells must not pass for all: %j', (lines) => {
  expect(parseRelease(lines)).toBeUndefined();
});

test('a database without a number must not pass for an old one', () => {
  expect(parseDatabase(['compat 0', 'done 1/a.sql'])).toBeUndefined();
});

test('changes under the number that a database has already must be found, and none from before it', () => {
  expect(release && database && changesToCome(release, database)).toEqual(['94/07_new.sql']);
});

test.each([
  [84, 84, true],
  [83, 84, false],
  [94, 84, true],
])('a release that knows %i can use a database that asks for %i: %s', (schema, compat, expected) => {
  expect(canGoBackByImage({ schema }, { compat })).toBe(expected);
});

const described = {
  dump: { database: 'synapse', migrations: { service: 'synapse' } },
  changes: [],
};

test.each([
  ['loses nothing where the database stays of use', [], false, /loses nothing/],
  ['needs a copy where it does not', [], true, /a copy of it is kept/],
])('the way back %s', (_title, transferred, needsCopy, words) => {
  expect(describeMigration({ ...described, needsCopy }, transferred).join('\n')).toMatch(words);
});

test('of a database that gets into new files, a migration must not say what the way back loses', () => {
  expect(describeMigration({ ...described, needsCopy: false }, ['synapse'])).toEqual([
    'synapse changes nothing in the database synapse',
  ]);
});
