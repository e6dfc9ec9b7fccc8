import { describe, expect, test } from 'vitest';
import { daysLeft, judgeTerm } from '../../../../src/host/health/certificates.ts';

const now = new Date('2026-06-15T12:00:00Z');
const day = 24 * 60 * 60 * 1000;
const term = (lifetimeDays: number, leftDays: number) => ({
  name: 'example.org',
  validFrom: new Date(now.getTime() - (lifetimeDays - leftDays) * day),
  validUntil: new Date(now.getTime() + leftDays * day),
});

describe('a served certificate', () => {
  // Renewed by Traefik 30 days, 10 days, 6 hours and 20 minutes before its end.
  test.each([
    [90, 30, []],
    [90, 13, []],
    [90, 12, ['failed']],
    [45, 10, []],
    [45, 6, ['failed']],
    [1, 6 / 24, []],
    [1, 3 / 24, ['failed']],
    [1 / 24, 20 / 1440, []],
    [1 / 24, 8 / 1440, ['failed']],
    [397, 15, []],
    [397, 13, ['failed']],
    [90, 0, ['failed']],
    [90, -1, ['failed']],
  ])('of %d days of which %d are left must be judged %j', (lifetime, left, verdicts) => {
    expect(judgeTerm(term(lifetime, left), now, 'x').map(({ verdict }) => verdict)).toEqual(verdicts);
  });

  test.each([
    [1.9, 1],
    [0.5, 0],
    [-0.5, -1],
  ])('that is valid for %d days must be counted as %d', (left, days) => {
    expect(daysLeft(term(90, left), now)).toBe(days);
  });
});
