import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { Deployment } from './support/deployment.ts';
import { service } from './support/moments.ts';
import {
  connectionsToEngine,
  ending,
  freezeEngine,
  thawEngine,
  untilEngineIsAsked,
} from './support/silence.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

beforeAll(() => deployment.init());

/** Starts a command; a tenth of the usual patience, unless it is to be found out how long that is. */
function start(argv: readonly string[], patience = '0.1'): Promise<ChildProcessWithoutNullStreams> {
  return host.spawn(deployment.command(...argv), { env: { MATRIX_DEPLOY_PATIENCE: patience } });
}

// Every other command is tried on a socket that never answers, in test/commands/silent-engine.test.ts.
describe('an engine that accepts connections and never answers', () => {
  afterEach(() => thawEngine(host));

  it('must be given up after the usual 30 seconds by apply', async () => {
    await freezeEngine(host);
    const { exitCode, said, seconds } = await ending(await start(['apply'], '1'));
    expect(exitCode).toBe(4);
    expect(said).toContain('does not answer: no answer within 30 s');
    expect(seconds).toBeLessThan(40);
  });

  const commands: [string, string[], number][] = [
    ['status', ['status'], 8],
    ['apply', ['apply'], 4],
    ['add-user', ['add-user', 'bob', '--generate-password'], 4],
    ['destroy', ['destroy', '--yes'], 4],
  ];

  it.each(commands)('must be given up by %s, which ends', async (_, argv, code) => {
    await freezeEngine(host);
    const { exitCode, said, seconds } = await ending(await start(argv));
    expect(said).toMatch(/Docker (engine )?does not answer/);
    expect(exitCode).toBe(code);
    expect(seconds).toBeLessThan(15);
  });

  it.each(commands)('must not keep %s from ending after one Ctrl-C', async (_, argv) => {
    await freezeEngine(host);
    const before = await connectionsToEngine(host);
    const run = await start(argv, '1');
    await untilEngineIsAsked(host, before);
    const end = ending(run);
    await host.signal(run, 'SIGINT');
    const { exitCode, seconds } = await end;
    expect(exitCode).toBe(130);
    expect(seconds).toBeLessThan(8);
  });
});

describe('an engine that falls silent in the middle of an apply', () => {
  let rate = 1;

  afterEach(async () => {
    await thawEngine(host);
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'status');
  });

  /** Starts an apply that creates Synapse again, and freezes the engine when it does. */
  async function applyUntilSilence(patience: string): Promise<ChildProcessWithoutNullStreams> {
    rate += 1;
    await deployment.edit({ synapse: { overrides: { rc_message: { per_second: rate, burst_count: 10 } } } });
    const reached = service('synapse', 'create')(deployment);
    const run = await start(['apply'], patience);
    await reached;
    await freezeEngine(host);
    return run;
  }

  it('must fail it within its deadlines, and the process must end with its last word', async () => {
    const { exitCode, said, seconds, secondsAfterLastWord } = await ending(await applyUntilSilence('0.1'));
    expect(said).toMatch(/no answer within|nothing came for/);
    expect([ExitCode.failed, ExitCode.unhealthy]).toContain(exitCode);
    expect(said).not.toContain('bug in matrix-deploy');
    expect(seconds).toBeLessThan(90);
    expect(secondsAfterLastWord).toBeLessThan(3);
  });

  it('must end it after one Ctrl-C, when what was begun has had its time', async () => {
    const run = await applyUntilSilence('1');
    const end = ending(run);
    await host.signal(run, 'SIGINT');
    const { exitCode, seconds } = await end;
    expect(exitCode).toBe(130);
    // In a replacement, what is asked of the engine has the whole of its time: half of one would leave nobody who answers.
    expect(seconds).toBeLessThan(120);
  });

  it('must end it at once after a second one', async () => {
    const run = await applyUntilSilence('1');
    const end = ending(run);
    let said = '';
    run.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await host.signal(run, 'SIGINT');
    await waitUntil('an answer to Ctrl-C', async () => said.includes('press Ctrl-C again'), { seconds: 10 });
    const again = performance.now();
    await host.signal(run, 'SIGINT');
    expect((await end).exitCode).toBe(130);
    expect(performance.now() - again).toBeLessThan(2000);
  });
});

describe('a homeserver that accepts connections and never answers', () => {
  const signal = (name: string) => deployment.run(['docker', 'compose', 'kill', '--signal', name, 'synapse']);
  const commands: [string, string[]][] = [
    ['users list', ['users', 'list']],
    ['add-user', ['add-user', 'bob', '--generate-password']],
  ];

  afterEach(() => signal('CONT'));

  it.each(commands)('must be given up by %s', async (_, argv) => {
    await signal('STOP');
    const { exitCode, said, seconds } = await ending(await start(argv, '0.05'));
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining('no answer within') });
    expect(seconds).toBeLessThan(20);
  });

  it.each(commands)('must not keep %s from ending after one Ctrl-C', async (_, argv) => {
    await signal('STOP');
    const run = await start(argv, '1');
    const end = ending(run);
    const isAsking = async () => (await established(8008)) > 0;
    await waitUntil('a question to the homeserver', isAsking, { seconds: 30, everyMilliseconds: 100 });
    const interrupted = performance.now();
    await host.signal(run, 'SIGINT');
    expect((await end).exitCode).toBe(130);
    expect(performance.now() - interrupted).toBeLessThan(6000);
  });
});

/** How many connections to a port are established from the host itself (proc(5), /proc/net/tcp: state 1). */
async function established(port: number): Promise<number> {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await host.readFile('/proc/net/tcp')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines.filter(([, , address, state]) => address?.endsWith(remote) && state === '01').length;
}
