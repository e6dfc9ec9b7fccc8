import { describe, expect, test, vi } from 'vitest';
import { runCommand } from '../fakes/command-line.ts';
import { installedHost, newHost } from '../fakes/host.ts';
import { fakeWorld } from '../fakes/world.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** What a shell is told when this is typed: the kind, then the words. */
async function offered(typed: readonly string[], run = inEmptyDirectory): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run(['complete', '--', ...typed]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

const inEmptyDirectory = (argv: string[]) => runCommand(fakeWorld(), argv, { workingDirectory: '/nowhere' });

describe('what is offered', () => {
  test.each([
    [['st'], ['words', 'status']],
    [
      ['users', 'lo'],
      ['words', 'log-out', 'lock'],
    ],
    [
      ['help', 'users', 'sh'],
      ['words', 'show'],
    ],
    [['compl'], ['words', 'completion']],
    [
      ['completion', ''],
      ['words', 'bash', 'zsh', 'fish'],
    ],
    [
      ['apply', '--dr'],
      ['words', '--dry-run'],
    ],
    [
      ['users', 'list', '--sort', 'm'],
      ['words', 'made', 'media'],
    ],
    [
      ['users', 'list', '--sort', 'media', '--rev'],
      ['words', '--reverse'],
    ],
    [['add-user', '--password-file', ''], ['files']],
    [['apply', '--dir', ''], ['directories']],
    [['add-user', '--email', ''], ['words']],
    [['users', 'show', '--', '--js'], ['words']],
    [['nonsense', 'x'], ['words']],
  ])('after %j must be %j', async (typed, words) => {
    expect((await offered(typed)).sort()).toEqual([...words].sort());
  });

  test('where a command takes no argument must be its options', async () => {
    expect(await offered(['apply', ''])).toEqual(expect.arrayContaining(['--overwrite-edits', '--help']));
  });

  test('must have a meaning', async () => {
    const { stdout } = await inEmptyDirectory(['complete', '--', 'stat']);
    expect(stdout).toMatch(/^words\nstatus\tshow the health of every service/);
  });
});

test('names of secrets must be those that are set and those that matrix.yaml names', async () => {
  const { directory, world, run, configure } = await newHost();
  await configure('  overrides: {}', '  overrides: { turn_shared_secret: { from_secret: turn } }');
  await run('secrets set mail --file -', { input: 'hunter2' });
  const names = (...typed: string[]) =>
    offered(typed, (argv) => runCommand(world, argv, { workingDirectory: directory }));
  expect(await names('secrets', 'set', '')).toEqual(['words', 'mail', 'turn']);
  expect(await names('secrets', 'remove', 't')).toEqual(['words', 'turn']);
  expect(await names('secrets', 'rotate', 'sign')).toEqual(['words']);
  await run('secrets set turn --file -', { input: 'hunter2' });
  await run('init --local --yes');
  expect(await names('secrets', 'rotate', 'sign')).toEqual(['words', 'signing.key']);
});

describe('names of users', () => {
  test('must be those that fit, once a session is there, which completion never opens', async () => {
    const { world, directory, run } = await installedHost();
    await run('add-user bob --generate-password');
    const names = (beginning: string) =>
      offered(['users', 'show', beginning], (argv) =>
        runCommand(world, argv, { workingDirectory: directory }),
      );
    expect(await names('')).toEqual(['words']);
    expect(world.users.has('matrix-deploy')).toBe(false);
    await run('users list');
    expect(await names('')).toEqual(['words', 'admin', 'bob']);
    expect(await names('b')).toEqual(['words', 'bob']);
    expect(await names('@a')).toEqual(['words', '@admin:localhost']);
    world.crash = () => 'no';
    expect(await names('b')).toEqual(['words']);
  });

  test('must not be any that a shell would obey', async () => {
    const { world, directory, run } = await installedHost();
    await run('users list');
    world.users.set('b$(reboot)', { password: '', admin: false, sessions: new Map() });
    const typed = ['users', 'lock', 'b'];
    const inDirectory = (argv: string[]) => runCommand(world, argv, { workingDirectory: directory });
    expect(await offered(typed, inDirectory)).toEqual(['words']);
  });
});
