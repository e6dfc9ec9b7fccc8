import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
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
  const process = spawn(globalThis.process.execPath, [join(projectRoot, 'bin/matrix-deploy.cjs'), ...argv], {
    cwd,
    env: { ...globalThis.process.env, DOCKER_HOST: `unix://${socket}`, ...environment },
  });
  return { process, isAsking: asked.reached };
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
