import { describe, expect, test } from 'vitest';
import { judgeBoot } from '../../../../src/host/health/boot.ts';
import { judgeClock } from '../../../../src/host/health/clock.ts';
import { judgeMemory, parseMemory } from '../../../../src/host/health/memory.ts';

describe('Docker at boot', () => {
  test.each([
    ['disabled', 'systemctl enable docker'],
    ['masked', 'systemctl unmask docker && systemctl enable docker'],
    ['enabled-runtime', 'systemctl enable docker'],
  ])('must be a finding with its command when it is %s', (state, command) => {
    expect(judgeBoot(state)).toMatchObject({ verdict: 'warning', remedy: expect.stringContaining(command) });
  });

  test.each(['enabled', 'static', 'not-found', '', undefined])('must be no finding: %s', (state) => {
    expect(judgeBoot(state).verdict).toBe('passed');
  });
});

describe('the clock', () => {
  const now = new Date('2026-06-30T12:00:00Z');
  const verdicts = (isSynchronized: boolean | undefined, last?: Date) =>
    judgeClock(now, { isSynchronized, last }).map(({ verdict }) => verdict);

  test('must be a problem when it says less than before', () => {
    expect(verdicts(true, new Date('2026-07-01T00:00:00Z'))).toEqual(['failed']);
    expect(verdicts(undefined, new Date('2026-06-30T12:00:30Z'))).toEqual([]);
    expect(verdicts(undefined, new Date('2026-06-01T00:00:00Z'))).toEqual([]);
  });

  test('must be a note when nothing keeps it right, and nothing where that is unknown', () => {
    expect(verdicts(false)).toEqual(['warning']);
    expect(verdicts(undefined)).toEqual([]);
  });
});

describe('the memory of a host', () => {
  const memInfo = 'MemTotal:        1000000 kB\nMemFree:  1 kB\nMemAvailable:     500000 kB\n';
  const pressure = 'some avg10=1.00 avg60=2.00\nfull avg10=0.00 avg60=12.50 avg300=0.00 total=1\n';

  test('must be read as the kernel writes it', () => {
    expect(parseMemory(memInfo, pressure)).toEqual({
      totalBytes: 1_024_000_000,
      availableBytes: 512_000_000,
      stalledPercent: 12.5,
    });
    expect(parseMemory(memInfo, undefined)?.stalledPercent).toBeUndefined();
    expect(parseMemory('', undefined)).toBeUndefined();
  });

  test.each([
    [500, 0, []],
    [500, undefined, []],
    [500, 12.5, ['warning']],
    [10, 0, ['warning']],
  ])('with %s of 1000 left and %s %% of the time lost', (availableBytes, stalledPercent, verdicts) => {
    const found = judgeMemory({ totalBytes: 1000, availableBytes, stalledPercent });
    expect(found.map(({ verdict }) => verdict)).toEqual(verdicts);
  });
});
