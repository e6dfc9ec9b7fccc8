import { describe, expect, test } from 'vitest';
import { type Revivals, waitForProbe } from '../../../src/apply/wait-for-probe.ts';
import type { FailureKnowledge } from '../../../src/components/failure.ts';
import type { Probe } from '../../../src/components/questions.ts';
import type { ContainerHealth, ExecResult } from '../../../src/docker/engine.ts';
import { UnhealthyError } from '../../../src/errors.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { issueFor, serve } from '../../fakes/tls-server.ts';

const probe: Probe = {
  service: 'postgres',
  name: 'answers',
  kind: 'exec',
  command: ['ask'],
  timeoutSeconds: 120,
};
/** The same, asked from outside the container. */
const outside: Probe = {
  service: 'postgres',
  name: 'answers',
  kind: 'https',
  host: 'localhost',
  path: '/',
  has: 'versions',
  timeoutSeconds: 120,
};
const failures: FailureKnowledge = {
  symptoms: [
    { says: /cannot read (\S+)/, means: ([, file]) => ({ cause: `${file} is lost`, remedy: 'Find it.' }) },
  ],
  refusal: (log) => log.find((line) => line.startsWith('refused:')),
  badAdvice: /trust/,
};
const running: ContainerHealth = {
  image: '',
  imageId: '',
  logPath: '',
  outOfMemory: false,
  state: 'running',
  error: '',
  exitCode: 0,
  restarts: 0,
  startedAt: '',
  health: undefined,
};

interface Behaviour {
  /** Seconds after which it answers. */
  readonly readyAfter?: number;
  readonly health?: (seconds: number, service: string) => Partial<ContainerHealth>;
  readonly outOfMemory?: boolean;
  /** Told when it is restarted. */
  readonly restarted?: () => unknown;
  /** Seconds of processor time that it has used. */
  readonly used?: (seconds: number) => number;
  readonly asked?: Probe;
  readonly log?: (seconds: number) => string[];
  readonly signal?: AbortSignal;
  readonly revivals?: Revivals;
  /** Where the proxy answers, and by whom its certificate is; nobody listens there when absent. */
  readonly edge?: { readonly httpsPort: number; readonly roots: string };
}

/** Seconds until the probe passed; fails as `prove` does. */
async function waitFor({
  readyAfter = Number.POSITIVE_INFINITY,
  health,
  outOfMemory = false,
  used = () => 0,
  restarted = () => undefined,
  asked = probe,
  log,
  signal,
  revivals = new Map(),
  edge,
}: Behaviour): Promise<number> {
  const clock = fakeClock();
  const begun = clock.now().getTime();
  const seconds = () => (clock.now().getTime() - begun) / 1000;
  const exec = async (): Promise<ExecResult> =>
    seconds() >= readyAfter
      ? { exitCode: 0, stdout: '', stderr: '' }
      : { exitCode: 1, stdout: '', stderr: 'refused\n' };
  const stack = describeStack(localConfig, {});
  await waitForProbe(asked, {
    directory: '/nowhere',
    stack: {
      ...stack,
      edge: { address: '127.0.0.1', httpsPort: edge?.httpsPort ?? 1 },
      services: stack.services.map((service) => ({ ...service, failures })),
    },
    engine: {
      exec,
      inspect: async (service) => ({ ...running, ...health?.(seconds(), service) }),
      endings: async () => ({ exitCode: undefined, outOfMemory }),
      processorSeconds: async () => used(seconds()),
      mapsUsers: async () => true,
      logs: async () => log?.(seconds()) ?? [],
      restart: async () => void restarted(),
    },
    clock,
    signal: signal ?? new AbortController().signal,
    roots: edge?.roots,
    revivals,
    container: (service) => service,
  });
  return seconds();
}

const counting = (seconds: number) => [`migrating, ${Math.floor(seconds)}`];
/** Is started again every three seconds. */
const crashing = (seconds: number) => ({ restarts: Math.floor(seconds / 3) });

describe('waiting for a service must end', () => {
  test('when it answers', async () => {
    expect(await waitFor({ readyAfter: 0 })).toBe(0);
    expect(await waitFor({ readyAfter: 10 })).toBeCloseTo(10, 0);
  });

  test('late for one that keeps logging, as a migration does', async () => {
    expect(await waitFor({ readyAfter: 100, log: counting })).toBeCloseTo(100, -0.5);
  });

  test('when the proxy that it is asked through has been stopped by somebody, and stays stopped', async () => {
    const stoppedAfter = (start: number, end: number) => (seconds: number, service: string) =>
      service === 'traefik' && seconds > start && seconds < end ? { state: 'exited' } : {};
    const asked = { ...outside, through: 'traefik' };
    const behaviour = { asked, log: counting, used: (seconds: number) => seconds };
    await expect(
      waitFor({ ...behaviour, health: stoppedAfter(5, Number.POSITIVE_INFINITY) }),
    ).rejects.toThrow('traefik, which requests to it pass, has been stopped for 40 seconds');
    await expect(waitFor({ ...behaviour, health: stoppedAfter(5, 30) })).rejects.toThrow('not within 120');
  });

  test('when something else failed or the operator interrupted, and not as if it had been proved', async () => {
    const signal = AbortSignal.abort();
    await expect(waitFor({ signal })).rejects.toBe(signal.reason);
  });

  test.each<[string, Behaviour, string]>([
    [
      'keeps crashing',
      { health: crashing, log: () => ['FATAL: no'] },
      'it keeps crashing; its last line: FATAL: no',
    ],
    [
      'refuses its configuration',
      { health: crashing, log: () => ['refused: no such option'] },
      'it refuses its configuration: refused: no such option',
    ],
    [
      'has ended',
      { health: () => ({ state: 'exited', exitCode: 3 }) },
      'it ended with exit code 3; seen: refused',
    ],
    [
      'cannot be started',
      { health: () => ({ state: 'exited', error: 'no such device' }) },
      'the engine: no such device',
    ],
    [
      'says and does nothing',
      {},
      'it has logged nothing and hardly used the processor for 40 seconds; seen: refused',
    ],
    ['goes on for too long', { log: counting }, 'not within 120 seconds; its last line: migrating, 120'],
    [
      'ran out of memory, whatever it said',
      { health: crashing, outOfMemory: true, log: () => ['cannot read key'] },
      'it needs more memory than the 1g that it may use, and was killed',
    ],
    ['says what is known', { health: crashing, log: () => ['cannot read key', 'bye'] }, 'key is lost'],
  ])('with the reason when it %s', async (_title, behaviour, reason) => {
    const failed = waitFor(behaviour);
    await expect(failed).rejects.toBeInstanceOf(UnhealthyError);
    await expect(failed).rejects.toMatchObject({
      message: `postgres did not become healthy: ${reason}`,
      exitCode: 5,
      service: 'postgres',
      details: expect.arrayContaining([
        'wanted: answers',
        expect.stringMatching(/^seen: refused; (?:it|not) /),
      ]),
    });
  });

  test('when it answers with errors of its own, however much it logs', async () => {
    const issued = await issueFor('localhost');
    const edge = { httpsPort: await serve(issued, 500), roots: issued.authority };
    await expect(waitFor({ asked: outside, edge, log: counting })).rejects.toThrow(
      'it has answered with errors for 40 seconds',
    );
  });

  test('not while the proxy answers for it, as for one that changes its database', async () => {
    const issued = await issueFor('localhost');
    const edge = { httpsPort: await serve(issued, 502), roots: issued.authority };
    await expect(waitFor({ asked: outside, edge, log: counting })).rejects.toThrow('not within 120 seconds');
  });

  test('with what is wrong with the configuration, where that is why', async () => {
    const failed = waitFor({ health: crashing, log: () => ['refused: no such option'] });
    await expect(failed).rejects.toMatchObject({ refusal: 'refused: no such option' });
  });

  test('not for what an earlier start has said', async () => {
    expect(await waitFor({ readyAfter: 5, log: () => ['refused: no such option'] })).toBeCloseTo(5, 0);
  });

  test('not for a single restart, which may be bad luck', async () => {
    expect(await waitFor({ readyAfter: 5, health: crashing })).toBeCloseTo(5, 0);
  });

  test('not for restarts of another day', async () => {
    expect(await waitFor({ readyAfter: 5, health: () => ({ restarts: 7 }) })).toBeCloseTo(5, 0);
  });

  test('after another start, where the engine waits with that because it crashed before', async () => {
    const starts: string[] = [];
    const health = () => ({ state: starts.length === 0 ? 'restarting' : 'running' });
    await waitFor({ readyAfter: 5, health, restarted: () => starts.push('again') });
    expect(starts).toEqual(['again']);
  });

  test('after no more than one such start, when two probes find it waiting', async () => {
    const starts: string[] = [];
    const health = () => ({ state: starts.length === 0 ? 'restarting' : 'running' });
    const shared = { readyAfter: 5, health, restarted: () => starts.push('again'), revivals: new Map() };
    await Promise.all([waitFor(shared), waitFor(shared)]);
    expect(starts).toEqual(['again']);
  });

  test('with what to do, and without advice that is dangerous', async () => {
    const log = () => ['cannot read key', 'you may also use trust'];
    const failed = await waitFor({ health: crashing, log }).catch((error: UnhealthyError) => error);
    expect(failed).toMatchObject({ hint: 'Find it.' });
    expect(JSON.stringify(failed)).not.toContain('trust');
  });
});

describe('a service on a slow processor', () => {
  const silent = { asked: outside, log: () => ['Starting'] };

  test('must be waited for while it uses what there is of it', async () => {
    await expect(waitFor({ ...silent, used: (seconds) => seconds / 20 })).rejects.toThrow(
      'not within 120 seconds',
    );
  });

  test('must be given up when it uses no more than its health checks do', async () => {
    await expect(waitFor({ ...silent, used: (seconds) => seconds / 500 })).rejects.toThrow(
      'logged nothing and hardly used the processor',
    );
  });

  test('must be given up when it hangs after it worked', async () => {
    await expect(waitFor({ ...silent, used: (seconds) => Math.min(seconds, 10) })).rejects.toThrow(
      'logged nothing and hardly used the processor',
    );
  });

  test('must not be taken for one that works because a probe runs in its container', async () => {
    await expect(waitFor({ log: () => ['Starting'], used: (seconds) => seconds })).rejects.toThrow(
      'logged nothing and hardly used the processor',
    );
  });
});
