import { expect, test } from 'vitest';
import type { ApplyEvent } from '../../../src/plan/events.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { watchInterruption } from '../../../src/procedures/upgrade/interruption.ts';

const start = { kind: 'start-service', service: 'synapse' } as Operation;
const proof = { kind: 'probe', probe: {} } as Operation;
const writing = { kind: 'probe', probe: { writes: true } } as Operation;
const begin: ApplyEvent = { type: 'begin', operations: 1, estimateSeconds: 1 };
const of = (type: 'start' | 'done' | 'fail', operation: Operation): ApplyEvent =>
  ({ type, operation, milliseconds: 0 }) as ApplyEvent;
const end: ApplyEvent = { type: 'end' };

/** @param events each with the second at which it happens */
function secondsOf(...events: readonly (readonly [number, ApplyEvent])[]): number | null {
  let second = 0;
  const watch = watchInterruption({ now: () => new Date(second * 1000) }, () => undefined);
  for (const [at, event] of events) {
    second = at;
    watch.emit(event);
  }
  return watch.seconds();
}

test('must count from the first stop to the last proof that somebody is served', () => {
  expect(
    secondsOf(
      [0, begin],
      [5, of('start', start)],
      [9, of('done', proof)],
      [12, of('done', writing)],
      [13, end],
    ),
  ).toBe(4);
});

test('must count to the proofs of what served before, where it was taken back', () => {
  const failed = [
    [0, begin],
    [5, of('start', start)],
    [6, of('done', proof)],
    [20, of('fail', proof)],
    [21, end],
  ] as const;
  const back = [
    [21, begin],
    [21, of('start', start)],
    [25, of('done', proof)],
    [26, end],
  ] as const;
  expect(secondsOf(...failed, ...back)).toBe(20);
});

test('must not count what is proved again while it serves', () => {
  expect(
    secondsOf(
      ...([
        [0, begin],
        [5, of('start', start)],
        [9, of('done', proof)],
        [9, end],
      ] as const),
      ...([
        [50, begin],
        [60, of('done', proof)],
        [60, end],
      ] as const),
    ),
  ).toBe(4);
});

test('must tell nothing where nothing was stopped', () => {
  expect(secondsOf([0, begin], [1, of('done', proof)], [1, end])).toBeNull();
});
