import { describe, expect, test } from 'vitest';
import { isFromBefore, noneFromBefore, parsePoint } from '../../../src/backup/point.ts';

describe('a point in time', () => {
  test.each([
    ['2026-11-28 04:15', '2026-11-28T04:15:00.000Z'],
    [' 2026-11-28 04:15:30 ', '2026-11-28T04:15:30.000Z'],
    ['2026-11-28 04:15 UTC', '2026-11-28T04:15:00.000Z'],
    ['2026-11-28T04:15:30Z', '2026-11-28T04:15:30.000Z'],
    ['2026-11-28T04:15:30.250Z', '2026-11-28T04:15:30.250Z'],
    ['2026-11-28 00:15 +01:00', '2026-11-27T23:15:00.000Z'],
    ['2026-11-28T04:15:00-02:30', '2026-11-28T06:45:00.000Z'],
    ['2028-02-29 00:00', '2028-02-29T00:00:00.000Z'],
  ])('must be read from %j', (text, moment) => {
    expect(parsePoint(text)?.toISOString()).toBe(moment);
  });

  test.each([
    '2026-11-28',
    '04:15',
    '2026-02-31 04:15',
    '2027-02-29 04:15',
    '2026-13-01 04:15',
    '2026-11-28 24:15',
    '2026-11-28 04:60',
    '2026-11-28 04:15 CET',
    'yesterday',
    '20261128-041500-3fa9',
    '',
  ])('must not be read from %j', (text) => {
    expect(parsePoint(text)).toBeUndefined();
  });

  test('must have before it what was begun by then', () => {
    const set = '20261128-041500-3fa9';
    expect(isFromBefore(set, new Date('2026-11-28T04:15:00Z'))).toBe(true);
    expect(isFromBefore(set, new Date('2026-11-28T04:14:59Z'))).toBe(false);
    expect(isFromBefore(set, undefined)).toBe(true);
  });

  test('before all backups must be told with the oldest one', () => {
    const error = noneFromBefore(new Date('2026-11-01T00:00:00Z'), '20261128-041500-3fa9');
    expect(error).toMatchObject({ code: 'backup.point', exitCode: 9 });
    expect([error.message, ...error.details].join()).toMatch(
      /2026-11-01 00:00:00 UTC.*20261128-041500-3fa9, begun at 2026-11-28 04:15:00 UTC/,
    );
  });
});
