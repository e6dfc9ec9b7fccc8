import { describe, expect, test } from 'vitest';
import { withLock } from '../../src/state/run-lock.ts';
import { fakeClock } from '../fakes/clock.ts';
import { runCommand } from '../fakes/command-line.ts';
import { newHost } from '../fakes/host.ts';

/** What a command ends with on a host that has no more than the matrix.yaml of a local server, and the code of its error. */
async function run(...argv: string[]) {
  const { world, directory } = await newHost();
  const surroundings = { engine: world.engine, compose: world.compose };
  const line = [...argv, '--dir', directory, '--json', '--quiet'];
  const { exitCode, stdout, stderr } = await runCommand(surroundings, line, { workingDirectory: directory });
  return { exitCode, stdout, code: JSON.parse(stderr).error.code };
}

describe('a server that is published on its own machine only', () => {
  test.each([
    [['certificates', 'reload'], 1, 'certificates.none'],
    [['certificates', 'share-root'], 4, 'certificates.private'],
  ])('%j must end with %d, and say why', async (argv, exitCode, code) => {
    expect(await run(...argv)).toEqual({ exitCode, stdout: '', code });
  });
});

test('certificates reload must wait for another command to end, since certbot runs its hook once', async () => {
  const { directory, run } = await newHost();
  const backup = { end: () => {}, hasEnded: Promise.resolve() };
  await new Promise<void>((begun) => {
    const ended = new Promise<void>((end) => {
      backup.end = end;
    });
    const lock = { directory, command: 'backup' };
    backup.hasEnded = withLock({ processId: process.pid, clock: fakeClock() }, lock, async () => {
      begun();
      await ended;
    });
  });
  const sleep = () => {
    backup.end();
    return backup.hasEnded;
  };
  const ports = { clock: { ...fakeClock(), sleep } };
  const { stderr } = await run('certificates reload --json', { ports });
  expect(stderr).toContain('is running `matrix-deploy backup`');
  expect(stderr).toContain('certificates.none');
});
