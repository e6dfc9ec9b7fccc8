import { expect, test } from 'vitest';
import { type Step, stepsFor, type Wish } from '../../../src/procedures/restore/next-step.ts';
import type { RestorePhase } from '../../../src/state/pending-restore.ts';

const set = '20261128-194501-3fa9';

test.each<[RestorePhase | undefined, Wish, readonly Step[]]>([
  [undefined, 'restore', ['stage', 'switch']],
  ['staging', 'restore', ['clear', 'stage', 'switch']],
  ['staging', 'finish', ['clear']],
  ['staging', 'undo', ['clear']],
  ['switching', 'restore', ['switch']],
  ['switching', 'finish', ['switch', 'remove']],
  ['switching', 'undo', ['go-back', 'clear']],
  ['starting', 'restore', ['switch']],
  ['starting', 'undo', ['go-back', 'clear']],
  ['switched', 'finish', ['remove']],
  ['switched', 'undo', ['go-back', 'clear']],
  ['undoing', 'undo', ['go-back', 'clear']],
  ['undone', 'undo', ['go-back', 'clear']],
  ['removing', 'finish', ['remove']],
])('what is %s must go on at the wish to %s', (phase, wish, steps) => {
  expect(stepsFor(wish, phase && { phase, set })).toEqual(steps);
});

test.each<[RestorePhase | undefined, Wish]>([
  [undefined, 'finish'],
  [undefined, 'undo'],
  ['switched', 'restore'],
  ['undoing', 'restore'],
  ['undone', 'restore'],
  ['undoing', 'finish'],
  ['removing', 'restore'],
  ['removing', 'undo'],
])('what is %s must refuse the wish to %s', (phase, wish) => {
  expect(() => stepsFor(wish, phase && { phase, set })).toThrow(
    expect.objectContaining({ code: 'restore.pending', exitCode: 2 }),
  );
});

test('a switch that was interrupted must be continued with its own set only', () => {
  const pending = { phase: 'switching', set } as const;
  expect(stepsFor('restore', pending, { set })).toEqual(['switch']);
  expect(() => stepsFor('restore', pending, { set: '20261128-194501-0000' })).toThrow(set);
});

test('a switch that was interrupted must not be continued where something earlier is wanted', () => {
  const pending = { phase: 'switching', set } as const;
  const at = (moment: string) => stepsFor('restore', pending, { notAfter: new Date(moment) });
  expect(at('2026-11-28T19:45:01Z')).toEqual(['switch']);
  expect(() => at('2026-11-28T19:45:00Z')).toThrow(set);
});
