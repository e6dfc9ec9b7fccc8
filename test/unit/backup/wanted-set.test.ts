import { expect, test } from 'vitest';
import { isFromBefore, noneFromBefore } from '../../../src/backup/wanted-set.ts';

test('a set must be from before a point in time when it was begun by then', () => {
  const set = '20261128-041500-3fa9';
  expect(isFromBefore(set, new Date('2026-11-28T04:15:00Z'))).toBe(true);
  expect(isFromBefore(set, new Date('2026-11-28T04:14:59Z'))).toBe(false);
  expect(isFromBefore(set, undefined)).toBe(true);
});

test('a point in time before all backups must be told with the oldest one', () => {
  const error = noneFromBefore(new Date('2026-11-01T00:00:00Z'), '20261128-041500-3fa9');
  expect(error).toMatchObject({ code: 'backup.point', exitCode: 9 });
  expect([error.message, ...error.details].join()).toMatch(
    /2026-11-01 00:00:00 UTC.*20261128-041500-3fa9, begun at 2026-11-28 04:15:00 UTC/,
  );
});
