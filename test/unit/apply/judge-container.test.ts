import { expect, test } from 'vitest';
import { judgeContainer } from '../../../src/apply/judge-container.ts';
import type { ContainerHealth } from '../../../src/docker/engine.ts';

const now = new Date('2026-06-30T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

const well: ContainerHealth = {
  image: 'x',
  imageId: 'sha256:1',
  logPath: '',
  state: 'running',
  error: '',
  exitCode: 0,
  restarts: 0,
  startedAt: minutesAgo(600),
  outOfMemory: false,
  health: undefined,
};

test.each<[string, Partial<ContainerHealth>, RegExp | undefined, RegExp | undefined]>([
  ['that is healthy', {}, undefined, undefined],
  ['that restarts just now', { state: 'restarting', exitCode: 137, restarts: 9 }, /9 times.*137/, undefined],
  [
    'in a loop, in one of its moments',
    { restarts: 5, startedAt: minutesAgo(1) },
    /keeps crashing/,
    undefined,
  ],
  ['that got over a loop', { restarts: 5, startedAt: minutesAgo(60) }, undefined, /5 times/],
  ['that once restarted, long ago', { restarts: 1, startedAt: minutesAgo(3000) }, undefined, undefined],
  ['that ended', { state: 'exited', exitCode: 3 }, /stopped \(exit code 3\)/, undefined],
  ['that is paused', { state: 'paused' }, /paused/, undefined],
  ['in which memory ran out', { outOfMemory: true }, undefined, /memory ran out/],
])('a container %s', (_title, different, problem, warning) => {
  const { problems, warnings } = judgeContainer({ ...well, ...different }, undefined, now);
  expect(problems).toEqual(problem === undefined ? [] : [expect.stringMatching(problem)]);
  expect(warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
});

test.each([
  [90, []],
  [97, [expect.stringContaining('97 %')]],
])('a container that uses %i %% of its memory', (usedBytes, warnings) => {
  expect(judgeContainer(well, { usedBytes, limitBytes: 100 }, now).warnings).toEqual(warnings);
});
