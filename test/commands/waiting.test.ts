import { describe, expect, test, vi } from 'vitest';
import { fakeClock } from '../fakes/clock.ts';
import { installedHost } from '../fakes/host.ts';
import { otherRun } from '../fakes/other-run.ts';
import { next, upgradableHost } from '../fakes/upgradable.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

type Host = Awaited<ReturnType<typeof installedHost>>;

/** Runs a command; when it waits for the first time, something happens. */
async function runWaiting({ run }: Host, argv: string, onWait: () => Promise<void>) {
  const clock = fakeClock(new Date());
  let hasWaited = false;
  const sleep = async (milliseconds: number) => {
    await clock.sleep(milliseconds);
    if (!hasWaited) {
      hasWaited = true;
      await onWait();
    }
  };
  const result = await run(argv, { ports: { clock: { ...clock, sleep } } });
  return { ...result, hasWaited };
}

/** Runs a command on a server whose lock another run holds until the command waits. */
async function runBeside(holder: string, argv: string) {
  const host = await installedHost();
  const other = await otherRun(host.directory, holder);
  return runWaiting(host, argv, other.end);
}

/** Edits matrix.yaml: larger uploads are allowed. */
const allowUploads = ({ configure }: Host) => configure('  overrides: {}', '  max_upload_size: 60M');

describe('while a backup runs', () => {
  test('apply must name it, wait, and apply what matrix.yaml says after the wait', async () => {
    const host = await installedHost();
    const backup = await otherRun(host.directory, 'backup');
    const { exitCode, stderr, hasWaited } = await runWaiting(host, 'apply', async () => {
      await allowUploads(host);
      await backup.end();
    });
    expect({ exitCode, hasWaited }, stderr).toEqual({ exitCode: 0, hasWaited: true });
    expect(stderr).toMatch(/is running `matrix-deploy backup` in \/\S+ \(process \d+, since 20/);
    expect(await host.read('synapse/homeserver.yaml')).toContain('max_upload_size: "60M"');
  });

  test('upgrade must wait, and keep what was edited meanwhile', async () => {
    const host = await upgradableHost();
    const backup = await otherRun(host.directory, 'backup');
    const argv = `upgrade --yes --no-backup --synapse ${next}`;
    const { exitCode, stderr, hasWaited } = await runWaiting(host, argv, async () => {
      await allowUploads(host);
      await backup.end();
    });
    expect({ exitCode, hasWaited }, stderr).toEqual({ exitCode: 0, hasWaited: true });
    const text = await host.read('matrix.yaml');
    expect(text).toContain('max_upload_size: 60M');
    expect(text).toContain(`:v${next}`);
  });

  // On this server there is nothing to go back from: they end with an error of their own.
  test.each([
    ['rollback --yes', 'upgrade.none'],
    ['upgrade --finish --yes', 'upgrade.none'],
    ['restore --undo --yes', 'restore.pending'],
    ['move --abort --yes', 'move.none'],
    ['secrets rotate nothing --yes', 'secrets.unknown'],
  ])('%s must wait, and then go on', async (argv, code) => {
    const { stderr, hasWaited } = await runBeside('backup', `${argv} --json`);
    expect({ code: JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error.code, hasWaited }).toEqual({
      code,
      hasWaited: true,
    });
  });

  test('add-user --from must wait, and then create the users', async () => {
    const host = await installedHost();
    const backup = await otherRun(host.directory, 'backup');
    const clock = { ...fakeClock(new Date()), sleep: backup.end };
    const { exitCode, stderr } = await host.run('add-user --from -', {
      input: 'name\nbob\n',
      ports: { clock },
    });
    expect(exitCode, stderr).toBe(0);
    expect([...host.world.users.keys()]).toContain('bob');
  });

  test('the wait must have an end after an hour', async () => {
    const host = await installedHost();
    await otherRun(host.directory, 'backup');
    const clock = fakeClock(new Date());
    const begun = clock.now().getTime();
    const sleep = () => clock.sleep(20 * 60_000);
    expect(await host.run('apply', { ports: { clock: { ...clock, sleep } } })).toMatchObject({ exitCode: 7 });
    expect(clock.now().getTime() - begun).toBe(60 * 60_000);
  });

  test('an interrupt must end the wait', async () => {
    const host = await installedHost();
    await otherRun(host.directory, 'backup');
    const interrupted = await runWaiting(host, 'apply', () => Promise.reject(new Error('aborted')));
    expect(interrupted).toMatchObject({ exitCode: 130, hasWaited: true });
  });

  test('destroy must not wait: nothing is deleted long after it was asked for', async () => {
    expect(await runBeside('backup', 'destroy --yes')).toMatchObject({ exitCode: 7, hasWaited: false });
  });
});

test('a backup that starts after the plan was made must be waited for, and the plan be made again', async () => {
  const host = await installedHost();
  const { createVolume } = host.world.engine;
  let backup: Awaited<ReturnType<typeof otherRun>> | undefined;
  // Of the two locks of a run, the first one.
  host.world.engine.createVolume = async (...asked) => {
    backup ??= await otherRun(host.directory, 'backup');
    return createVolume(...asked);
  };
  const argv = 'secrets rotate synapse_database_password --yes';
  const { exitCode, stderr, hasWaited } = await runWaiting(host, argv, async () => {
    await allowUploads(host);
    await backup?.end();
  });
  expect({ exitCode, hasWaited }, stderr).toEqual({ exitCode: 0, hasWaited: true });
  expect(await host.read('synapse/homeserver.yaml')).toContain('max_upload_size: "60M"');
});

describe('while a command runs that changes the server', () => {
  test.each(['apply', 'upgrade --yes'])('%s must end with 7 at once', async (argv) => {
    expect(await runBeside('rollback', argv)).toMatchObject({ exitCode: 7, hasWaited: false });
  });

  test.each(['apply', 'upgrade --yes'])('%s must wait for it where --wait says so', async (argv) => {
    expect(await runBeside('rollback', `${argv} --wait 5m`)).toMatchObject({ exitCode: 0, hasWaited: true });
  });
});

test.each(['apply', 'upgrade', 'backup'])('%s must refuse a --wait that is no time', async (command) => {
  const { run } = await installedHost();
  expect(await run(`${command} --wait soon`)).toMatchObject({ exitCode: 2 });
});
