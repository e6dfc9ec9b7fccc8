import { describe, expect, test } from 'vitest';
import { fakeClock } from '../fakes/clock.ts';
import { runCommand } from '../fakes/command-line.ts';
import { newHost } from '../fakes/host.ts';
import { otherRun } from '../fakes/other-run.ts';

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
    [['certificates', 'watch'], 1, 'certificates.none'],
    [['certificates', 'share-root'], 4, 'certificates.private'],
  ])('%j must end with %d, and say why', async (argv, exitCode, code) => {
    expect(await run(...argv)).toEqual({ exitCode, stdout: '', code });
  });
});

test('certificates reload must wait for another command to end, since certbot runs its hook once', async () => {
  const { directory, run } = await newHost();
  const backup = await otherRun(directory, 'backup');
  const ports = { clock: { ...fakeClock(), sleep: backup.end } };
  const { stderr } = await run('certificates reload --json', { ports });
  expect(stderr).toContain('is running `matrix-deploy backup`');
  expect(stderr).toContain('certificates.none');
});
