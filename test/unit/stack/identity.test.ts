import { describe, expect, test } from 'vitest';
import { continued, hasOpenPlace, type IdentityRecord, succeeded } from '../../../src/stack/identity.ts';

const path = 'secrets/signing.key';
const record: IdentityRecord = {
  serverName: 'example.org',
  deployment: '0a1b2c',
  things: { [path]: 'first', 'data/synapse': '0a1b2c' },
  predecessors: {},
};
const noon = new Date('2026-01-01T12:00:00Z');
const one = new Date('2026-01-01T13:00:00Z');
const two = new Date('2026-01-01T14:00:00Z');
const rotating = succeeded(record, path, noon);

describe('a secret whose predecessors stay known', () => {
  test('must leave its place open to another one, and be valid for as long as that may take', () => {
    expect(rotating.things).toEqual({ 'data/synapse': '0a1b2c' });
    expect(rotating.predecessors).toEqual({ [path]: [{ identity: 'first', until: one.getTime() }] });
  });

  test('must not be succeeded twice before another one has its place', () => {
    expect(succeeded(rotating, path, one)).toEqual(rotating);
  });

  test('must stay known when the next one is succeeded', () => {
    const done = { ...rotating, things: { ...rotating.things, [path]: 'second' } };
    expect(succeeded(done, path, one).predecessors[path]?.map(({ identity }) => identity)).toEqual([
      'first',
      'second',
    ]);
  });

  test('must be valid until its place is taken, and not longer', () => {
    expect(continued(rotating, one).predecessors).toEqual({
      [path]: [{ identity: 'first', until: two.getTime() }],
    });
    const done = { ...rotating, things: { ...rotating.things, [path]: 'second' } };
    expect(continued(done, one)).toBe(done);
  });

  test.each([
    ['the one before, in an open place', rotating, 'first', true],
    ['the one that came', rotating, 'second', false],
    ['one that is recorded', record, 'first', false],
    [
      'a predecessor, where another one is recorded',
      { ...rotating, things: { [path]: 'second' } },
      'first',
      false,
    ],
  ])('must be told from others: %s', (_title, recorded, seen, isOpen) => {
    expect(hasOpenPlace(path, { recorded, dataOf: undefined, seen: { [path]: seen } })).toBe(isOpen);
  });
});
