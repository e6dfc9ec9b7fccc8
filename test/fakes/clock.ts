import type { Clock } from '../../src/host/clock.ts';

/** A clock that moves only when somebody sleeps by it, and then as soon as all others had their turn. */
export function fakeClock(start = new Date('2026-01-01T00:00:00Z')): Clock {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    async sleep(milliseconds) {
      await new Promise((resolve) => setImmediate(resolve));
      now += milliseconds;
    },
  };
}
