import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { engineAt } from '../fakes/engine-socket.ts';
import { buildProduct, projectRoot } from '../lab/product.ts';

beforeAll(buildProduct, 300_000);

/** A promise, and what fulfils it. */
function moment(): { reached: Promise<void>; reach: () => void } {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}

/** Starts the built program in a deployment directory, on an engine that never answers. */
async function start(argv: string[], environment: Record<string, string> = {}) {
  const asked = moment();
  const socket = await engineAt(() => asked.reach());
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, 'matrix.yaml'), localConfigText);
  return { ...run(argv, cwd, { DOCKER_HOST: `unix://${socket}`, ...environment }), isAsking: asked.reached };
}

/** Starts the built program in a directory. */
function run(argv: string[], cwd: string, environment: Record<string, string> = {}) {
  const process = spawn(globalThis.process.execPath, [join(projectRoot, 'bin/matrix-deploy.cjs'), ...argv], {
    cwd,
    env: { ...globalThis.process.env, ...environment },
  });
  onTestFinished(() => void process.kill('SIGKILL'));
  return { process };
}

/** A directory with a pipe of this name in it; `opened` resolves when somebody reads from it, who gets nothing. */
async function directoryWithPipe(name: string) {
  const directory = await temporaryDirectory();
  const pipe = join(directory, name);
  execFileSync('mkfifo', ['--mode=600', pipe]);
  const opened = open(pipe, 'w').then((file) => onTestFinished(() => file.close()));
  return { directory, pipe, opened };
}

async function ended(process: ChildProcess) {
  const begun = performance.now();
  const [exitCode, signal] = await once(process, 'exit');
  return { exitCode, signal, seconds: (performance.now() - begun) / 1000 };
}

describe('a command that waits for an engine that never answers', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('must end soon after %s, with %i', async (signal, code) => {
    const { process, isAsking } = await start(['plan']);
    await isAsking;
    process.kill(signal);
    const { exitCode, seconds } = await ended(process);
    expect(exitCode).toBe(code);
    // The deadline is at 30.
    expect(seconds).toBeLessThan(25);
  });

  test('must end by itself, and the process with it', async () => {
    const { process } = await start(['plan'], { MATRIX_DEPLOY_PATIENCE: '0.01' });
    const [stderr, { exitCode }] = await Promise.all([text(process.stderr), ended(process)]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('Docker does not answer: no answer within 0.3 s');
  });
});

test('a reader that goes away must change nothing of how a command ends', async () => {
  const { process } = await start(['help']);
  process.stdout.destroy();
  const [stderr, { exitCode }] = await Promise.all([text(process.stderr), ended(process)]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('a command whose errors nobody reads must end with its code', async () => {
  const { process } = await start(['plan'], { MATRIX_DEPLOY_PATIENCE: '0.01' });
  process.stdout.destroy();
  process.stderr.destroy();
  expect(await ended(process)).toMatchObject({ exitCode: 4, signal: null });
});

test('an interrupt must end the wait for what somebody types', async () => {
  const { process } = await start(['add-user', '--from', '-']);
  await once(process.stderr, 'data');
  process.kill('SIGINT');
  const [stderr, { exitCode }] = await Promise.all([text(process.stderr), ended(process)]);
  expect(exitCode).toBe(130);
  expect(stderr).not.toContain('bug');
});

test('an interrupt must end the wait for what a pipe gives', async () => {
  const { directory, pipe, opened } = await directoryWithPipe('password');
  await writeFile(join(directory, 'matrix.yaml'), localConfigText);
  const { process } = run(['add-user', 'bob', '--password-file', pipe], directory);
  await opened;
  process.kill('SIGINT');
  const [stderr, { signal }] = await Promise.all([text(process.stderr), ended(process)]);
  expect(stderr).toContain('error interrupted');
  // A shell tells that as 130.
  expect(signal).toBe('SIGINT');
});

test('a second interrupt must end a command at once, although a system call does not return', async () => {
  const { directory, opened } = await directoryWithPipe('matrix.yaml');
  const { process } = run(['plan'], directory);
  const hasEnded = once(process, 'exit');
  await opened;
  process.kill('SIGINT');
  for await (const chunk of process.stderr) {
    if (String(chunk).includes('press Ctrl-C again')) {
      process.kill('SIGINT');
    }
  }
  await hasEnded;
  expect(process.signalCode).toBe('SIGINT');
});
