import { describe, expect, test } from 'vitest';
import { prove } from '../../../src/apply/prove.ts';
import type { Probe } from '../../../src/components/component.ts';
import type { ContainerHealth, ExecResult } from '../../../src/docker/engine.ts';
import { UnhealthyError } from '../../../src/errors.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { localConfig } from '../../fakes/configurations.ts';

const probe: Probe = {
  service: 'postgres',
  name: 'answers',
  kind: 'exec',
  command: ['ask'],
  timeoutSeconds: 120,
  refusal: (log) => log.find((line) => line.startsWith('refused:')),
};
const running: ContainerHealth = {
  state: 'running',
  exitCode: 0,
  restarts: 0,
  startedAt: '',
  health: undefined,
};

interface Behaviour {
  /** Seconds after which it answers. */
  readonly readyAfter?: number;
  readonly health?: Partial<ContainerHealth>;
  readonly log?: (seconds: number) => string[];
  readonly signal?: AbortSignal;
}

/** Seconds until the probe passed; fails as `prove` does. */
async function waitFor({
  readyAfter = Number.POSITIVE_INFINITY,
  health,
  log,
  signal,
}: Behaviour): Promise<number> {
  const clock = fakeClock();
  const begun = clock.now().getTime();
  const seconds = () => (clock.now().getTime() - begun) / 1000;
  const exec = async (): Promise<ExecResult> =>
    seconds() >= readyAfter
      ? { exitCode: 0, stdout: '', stderr: '' }
      : { exitCode: 1, stdout: '', stderr: 'refused\n' };
  await prove(probe, {
    stack: describeStack(localConfig, {}),
    engine: {
      exec,
      inspect: async () => ({ ...running, ...health }),
      logs: async () => log?.(seconds()) ?? [],
      restart: async () => undefined,
    },
    clock,
    signal: signal ?? new AbortController().signal,
    roots: undefined,
    container: () => 'id',
  });
  return seconds();
}

const counting = (seconds: number) => [`migrating, ${Math.floor(seconds)}`];

describe('waiting for a service must end', () => {
  test('when it answers', async () => {
    expect(await waitFor({ readyAfter: 0 })).toBe(0);
    expect(await waitFor({ readyAfter: 10 })).toBeCloseTo(10, 0);
  });

  test('late for one that keeps logging, as a migration does', async () => {
    expect(await waitFor({ readyAfter: 100, log: counting })).toBeCloseTo(100, 0);
  });

  test('when something else failed or the operator interrupted, and not as if it had been proved', async () => {
    const signal = AbortSignal.abort();
    await expect(waitFor({ signal })).rejects.toBe(signal.reason);
  });

  test.each<[string, Behaviour, string]>([
    ['keeps crashing', { health: { restarts: 2 }, log: () => ['FATAL: no'] }, 'it keeps crashing: FATAL: no'],
    [
      'refuses its configuration',
      { health: { restarts: 1 }, log: () => ['refused: no such option'] },
      'it refuses its configuration: refused: no such option',
    ],
    ['has ended', { health: { state: 'exited', exitCode: 3 } }, 'it ended with exit code 3: refused'],
    ['says nothing', {}, 'it has logged nothing for 40 seconds: refused'],
    ['goes on for too long', { log: counting }, 'not within 120 seconds: migrating, 120'],
  ])('with the reason when it %s', async (_title, behaviour, reason) => {
    const failed = waitFor(behaviour);
    await expect(failed).rejects.toBeInstanceOf(UnhealthyError);
    await expect(failed).rejects.toMatchObject({
      message: `postgres did not become healthy: ${reason}`,
      exitCode: 5,
      service: 'postgres',
      details: expect.arrayContaining(['wanted: answers', 'seen: refused']),
    });
  });

  test('with what is wrong with the configuration, where that is why', async () => {
    const failed = waitFor({ health: { restarts: 1 }, log: () => ['refused: no such option'] });
    await expect(failed).rejects.toMatchObject({ refusal: 'refused: no such option' });
  });

  test('not for what an earlier start has said', async () => {
    expect(await waitFor({ readyAfter: 5, log: () => ['refused: no such option'] })).toBeCloseTo(5, 0);
  });

  test('not for a single restart, which may be bad luck', async () => {
    expect(await waitFor({ readyAfter: 5, health: { restarts: 1 } })).toBeCloseTo(5, 0);
  });
});
