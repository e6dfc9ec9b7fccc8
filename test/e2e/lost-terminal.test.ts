import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { Deployment } from './support/deployment.ts';
import { service } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

beforeAll(() => deployment.init());

let rate = 1;

/** Changes what only a new container of Synapse brings about; resolves with what does so when that is created. */
async function change(): Promise<{ isHalfDone: Promise<void> }> {
  rate += 1;
  await deployment.edit({ synapse: { overrides: { rc_message: { per_second: rate, burst_count: 10 } } } });
  return { isHalfDone: service('synapse', 'create')(deployment) };
}

/** The texts of the log of the last run, without their times. */
async function log(): Promise<string[]> {
  const lines = (await deployment.readFile('state/last-run.log')).trim().split('\n');
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

/** The command line as a script's words, in bash, and its exit code as the last line of the file. */
function bash(script: string, ...argv: string[]) {
  return host.exec(
    ['bash', '-c', `${script}; exit "\${PIPESTATUS[0]}"`, 'bash', ...deployment.command(...argv)],
    {
      timeoutSeconds: 240,
    },
  );
}

const isLost = 'the terminal is lost, or nobody reads the output; the run goes on';
const isDone = 'ended: everything is done';

describe('apply', () => {
  it('must go on to its end when the terminal hangs up, and say so in its log', async () => {
    const { isHalfDone } = await change();
    const run = await host.spawn(deployment.command('apply'));
    run.stdout.resume();
    run.stderr.resume();
    const ended = once(run, 'exit');
    await isHalfDone;
    await host.signal(run, 'SIGHUP');
    expect((await ended)[0]).toBe(0);
    expect(await log()).toEqual(expect.arrayContaining([isLost, isDone]));
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must go on to its end when the terminal that it runs on is gone', async () => {
    const { isHalfDone } = await change();
    const typed = deployment.command('apply').join(' ');
    const terminal = await host.spawn(['script', '--quiet', '--command', typed, '/dev/null']);
    terminal.stdout.resume();
    await isHalfDone;
    await host.signal(terminal, 'SIGKILL');
    await waitUntil('the end of the run', async () => (await log()).at(-1)?.startsWith('ended') === true, {
      seconds: 120,
    });
    expect(await log()).toEqual(expect.arrayContaining([isLost, isDone]));
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must go on to its end when nobody reads its output, and end with the code of its work', async () => {
    await change();
    const { exitCode, stdout, stderr } = await bash('"$@" 2>&1 | head -0', 'apply');
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await log()).at(-1)).toBe(isDone);
    await deployment.exits(0, 'plan', '--exit-code');
  });
});

describe('destroy and apply', () => {
  it('must do their work although both streams are closed from the start', async () => {
    const { exitCode } = await bash('"$@" >&- 2>&-', 'destroy', '--yes');
    expect(exitCode).toBe(0);
    expect(await deployment.containers()).toEqual([]);
    expect((await bash('"$@" >&- 2>&-', 'apply')).exitCode).toBe(0);
    await deployment.exits(0, 'status');
  });
});

describe.each([['status'], ['plan'], ['users list'], ['status --json']])('%s', (line) => {
  it('must end silently, with its code, when its reader has read enough', async () => {
    const { exitCode, stdout, stderr } = await bash('"$@" | head -0', ...line.split(' '), '--quiet');
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});
