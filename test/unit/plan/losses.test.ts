import { expect, test } from 'vitest';
import { describeLost, isNothing, lossOf, rowsSince } from '../../../src/plan/losses.ts';

test('what is lost must be told by table, where it is more than nothing', () => {
  expect(
    rowsSince({ users: 2, events: 10, rooms: 3 }, { users: 2, events: 30, rooms: 1, devices: 4 }),
  ).toEqual({ events: 20, devices: 4 });
});

const then = { synapse: { users: 2, events: 10 } };

test('going back must be known to lose nothing where each table has the rows of the copy', () => {
  const loss = lossOf(['synapse'], then, { ...then, other: { things: 7 } });
  expect(loss).toEqual({ lost: { synapse: {} }, unknown: [] });
  expect(isNothing(loss)).toBe(true);
});

test('what has come since the copy must be told', () => {
  const loss = lossOf(['synapse'], then, { synapse: { users: 3, events: 12 } });
  expect(loss).toEqual({ lost: { synapse: { users: 1, events: 2 } }, unknown: [] });
  expect(isNothing(loss)).toBe(false);
  expect(describeLost(loss.lost)).toBe('1 users, 2 events');
});

test.each<[string, Record<string, Record<string, number>>, Record<string, Record<string, number>>]>([
  ['was not counted when it was copied', {}, then],
  ['cannot be counted now', then, {}],
  ['has lost a table', then, { synapse: { users: 2 } }],
  ['has fewer rows than its copy, so that new ones do not show', then, { synapse: { users: 2, events: 9 } }],
])('nobody must rely on a database that %s', (_case, before, now) => {
  const loss = lossOf(['synapse'], before, now);
  expect(loss.unknown).toEqual(['synapse']);
  expect(isNothing(loss)).toBe(false);
});
