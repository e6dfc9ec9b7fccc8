import { describe, expect, test } from 'vitest';
import { isSampleDue, type Sample, thinned, trendOf } from '../../../../src/host/health/growth.ts';

const now = new Date('2026-06-30T12:00:00Z');

function sample(hoursAgo: number, free = 0): Sample {
  return { at: new Date(now.getTime() - hoursAgo * 3_600_000).toISOString(), free: { '/': free }, sizes: {} };
}

describe('how a file system fills', () => {
  const ask = (...samples: Sample[]) => trendOf(samples, '/', { freeBytes: 10e9, now });

  test.each<[string, Sample[]]>([
    ['without samples', []],
    ['with a sample of just now', [sample(0, 11e9)]],
    ['with samples of a few hours', [sample(5, 12e9), sample(1, 11e9)]],
    ['with samples of last month only', [sample(24 * 30, 20e9)]],
    ['with samples of another file system only', [{ ...sample(48), free: { '/other': 1 } }]],
  ])('%s must be unknown', (_title, samples) => {
    expect(ask(...samples)).toBeUndefined();
  });

  test('must follow from the oldest sample of the last week', () => {
    expect(ask(sample(24 * 40, 90e9), sample(48, 14e9), sample(24, 30e9))).toEqual({
      bytesPerDay: 2e9,
      observedDays: 2,
      fullInDays: 5,
    });
  });

  test('must have no end where it gets emptier, or stays', () => {
    expect(ask(sample(48, 8e9))).toMatchObject({ bytesPerDay: -1e9, fullInDays: undefined });
    expect(ask(sample(48, 10e9))).toMatchObject({ bytesPerDay: 0, fullInDays: undefined });
  });
});

describe('samples', () => {
  test('must be taken once an hour', () => {
    expect(isSampleDue([], now)).toBe(true);
    expect(isSampleDue([sample(0.5)], now)).toBe(false);
    expect(isSampleDue([sample(3), sample(1.1)], now)).toBe(true);
  });

  test('must be bounded, however often they are taken, and reach back two months', () => {
    let kept: Sample[] = [];
    for (let hour = 24 * 90; hour >= 0; hour -= 0.25) {
      const at = new Date(now.getTime() - hour * 3_600_000);
      kept = thinned([...kept, sample(hour)], at);
    }
    expect(kept.length).toBeLessThan(115);
    const ages = kept.map(({ at }) => (now.getTime() - Date.parse(at)) / 86_400_000);
    expect(Math.max(...ages)).toBeGreaterThan(58);
    expect(kept.filter((_, index) => (ages[index] ?? 0) < 1)).toHaveLength(24);
  });

  test('of the future, by a clock that was wrong, must go', () => {
    expect(thinned([sample(-100), sample(1)], now)).toEqual([sample(1)]);
  });
});
