import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** A server with its admin, and with bob, who is logged in on two devices. */
async function serverWithBob() {
  const host = await installedHost();
  await host.run('add-user bob --generate-password');
  const bob = host.world.users.get('bob');
  if (bob === undefined) {
    throw new Error('bob was not made');
  }
  bob.sessions.set('D1', 'phone').set('D2', 'laptop');
  const answer = async (argv: string) => {
    const { exitCode, stdout, stderr } = await host.run(`users ${argv} --json`);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  return { ...host, bob, answer };
}

const userIds = ({ users }: { users: { userId: string }[] }) => users.map(({ userId }) => userId);

describe('users list', () => {
  test('must have everybody but the tool and the deactivated, from every page', async () => {
    const { run, answer } = await serverWithBob();
    await run('add-user carol --generate-password --email carol@example.org');
    await run('users deactivate carol --confirm @carol:localhost');
    expect(userIds(await answer('list'))).toEqual(['@admin:localhost', '@bob:localhost']);
    expect(userIds(await answer('list --all'))).toContain('@carol:localhost');
    expect(userIds(await answer('list --deactivated'))).toEqual(['@carol:localhost']);
    await answer('lock bob');
    expect(userIds(await answer('list --locked'))).toEqual(['@bob:localhost']);
    expect(userIds(await answer('list --admins'))).toEqual(['@admin:localhost']);
    expect(userIds(await answer('list bo'))).toEqual(['@bob:localhost']);
  });

  test('must be a line a user, without what a terminal would obey', async () => {
    const { bob, run } = await serverWithBob();
    bob.displayName = 'Bob\u001b[31m\nadmin';
    const { stdout } = await run('users list');
    expect(stdout.split('\n')).toEqual([
      'USER   STATE  LAST SEEN  MEDIA  NAME',
      'admin  admin  never      none   admin',
      'bob    user   never      none   Bob\\u001b[31m\\u000aadmin',
      '',
    ]);
    expect((await run('users list nobody')).stdout).toBe('Nobody.\n');
  });

  test('must tell what each has uploaded and, when asked, on how many devices each is', async () => {
    const { bob, world, answer } = await serverWithBob();
    bob.uploads = [1000, 500];
    expect((await answer('list bob')).users).toEqual([
      expect.not.objectContaining({ devices: expect.anything() }),
    ]);
    expect((await answer('list --devices')).users).toMatchObject([
      { userId: '@admin:localhost', devices: 0, media: { files: 0, bytes: 0 } },
      { userId: '@bob:localhost', devices: 2, media: { files: 2, bytes: 1500 } },
    ]);
    expect(world.homeserver.calls.filter((call) => call.endsWith('/devices'))).toHaveLength(2);
  });

  test.each([
    ['name', ['a', 'admin', 'b', 'bob']],
    ['last-seen', ['b', 'bob', 'a', 'admin']],
    ['media', ['a', 'b', 'admin', 'bob']],
    ['devices', ['bob', 'a', 'admin', 'b']],
    ['media --reverse', ['bob', 'admin', 'b', 'a']],
  ])('must be sorted by %s', async (order, names) => {
    const { world, run, bob, answer } = await serverWithBob();
    await run('add-user a --generate-password');
    await run('add-user b --generate-password');
    bob.lastSeen = 1000;
    Object.assign(world.users.get('b') ?? {}, { lastSeen: 2000, uploads: [9, 1] });
    Object.assign(world.users.get('a') ?? {}, { uploads: [99] });
    expect(userIds(await answer(`list --sort ${order}`))).toEqual(names.map((name) => `@${name}:localhost`));
  });
});

test('users show must tell everything of a user, by name or user ID', async () => {
  const { answer, run } = await serverWithBob();
  for (const name of ['bob', '@bob:localhost']) {
    expect(await answer(`show ${name}`)).toMatchObject({
      user: { userId: '@bob:localhost', admin: false, createdAt: '2025-06-15T15:06:40.000Z' },
      devices: [{ name: 'phone' }, { name: 'laptop' }],
      media: { files: 0, bytes: 0 },
      rooms: 0,
    });
  }
  const { stdout } = await run('users show bob');
  expect(stdout).toMatch(/email +none[\s\S]*made +2025-06-15[\s\S]*D2 +never +laptop/);
});

describe('users set-password', () => {
  test.each([
    ['--log-out', 0],
    ['--no-log-out', 2],
  ])('%s must leave %i sessions', async (flag, sessions) => {
    const { bob, answer } = await serverWithBob();
    const { password } = await answer(`set-password bob --generate-password ${flag}`);
    expect(bob.password).toBe(password);
    expect(bob.sessions.size).toBe(sessions);
  });

  test('must name all that is missing without a terminal', async () => {
    const { bob, run } = await serverWithBob();
    const before = bob.password;
    const { exitCode, stderr } = await run('users set-password bob');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--password-file[\s\S]*--log-out or --no-log-out/);
    expect(bob.password).toBe(before);
  });
});

describe('rights', () => {
  test('must be given and taken, and nothing be done twice', async () => {
    const { bob, answer } = await serverWithBob();
    expect(await answer('promote bob')).toMatchObject({ changed: true });
    expect(await answer('promote bob')).toMatchObject({ changed: false });
    expect(bob.admin).toBe(true);
    expect(await answer('demote bob')).toMatchObject({ changed: true });
    expect(bob.admin).toBe(false);
    expect(await answer('lock bob')).toMatchObject({ changed: true });
    expect(bob.locked).toBe(true);
    expect(await answer('unlock bob')).toMatchObject({ changed: true });
    expect(bob.locked).toBe(false);
  });

  test.each(['demote admin', 'lock admin', 'deactivate admin --confirm @admin:localhost'])(
    '%s must be refused for the last admin, and be done with --force',
    async (argv) => {
      const { world, run } = await serverWithBob();
      const admin = world.users.get('admin');
      const before = { ...admin };
      expect(await run(`users ${argv}`)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('@admin:localhost is the last admin'),
      });
      expect(admin).toEqual(before);
      expect(await run(`users ${argv} --force`)).toMatchObject({ exitCode: 0 });
      expect(admin).not.toEqual(before);
    },
  );

  test('an admin who is locked must not count', async () => {
    const { run } = await serverWithBob();
    await run('users promote bob');
    await run('users lock bob');
    expect(await run('users demote admin')).toMatchObject({ exitCode: 1 });
  });
});

describe('users deactivate', () => {
  test('must end an account, and its messages with --erase', async () => {
    const { bob, answer } = await serverWithBob();
    await answer('deactivate bob --erase --confirm @bob:localhost');
    expect(bob).toMatchObject({ deactivated: true, erased: true });
    expect(await answer('deactivate bob --confirm @bob:localhost')).toMatchObject({ changed: false });
  });

  test.each([
    ['without a terminal', '', 'Add --confirm @bob:localhost.'],
    ['for another user', '--confirm bob', '--confirm says bob'],
  ])('must do nothing %s', async (_title, flags, text) => {
    const { bob, run } = await serverWithBob();
    const { exitCode, stderr } = await run(`users deactivate bob ${flags}`.trim());
    expect(exitCode).toBe(2);
    expect(stderr).toContain(text);
    expect(bob.deactivated).toBeUndefined();
  });

  test.each(['promote', 'lock', 'set-password --generate-password --log-out'])(
    'must be final: %s is refused',
    async (argv) => {
      const { run } = await serverWithBob();
      await run('users deactivate bob --confirm @bob:localhost');
      const [verb = '', ...flags] = argv.split(' ');
      expect(await run(['users', verb, 'bob', ...flags].join(' '))).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('@bob:localhost is deactivated permanently'),
      });
    },
  );
});

describe('devices', () => {
  test('must be listed, and be logged out one by one or all at once', async () => {
    const { bob, answer } = await serverWithBob();
    expect(await answer('devices bob')).toMatchObject({ devices: [{ id: 'D1' }, { id: 'D2' }] });
    await answer('log-out bob --device D1');
    expect([...bob.sessions.keys()]).toEqual(['D2']);
    expect(await answer('log-out bob --all')).toMatchObject({ devices: ['D2'] });
    expect(await answer('log-out bob --all')).toMatchObject({ devices: [] });
  });

  test.each([
    ['a device that is not there', '--device D9', 1, 'has no device D9'],
    ['neither', '', 2, 'the device is missing'],
    ['both', '--all --device D1', 2, 'the device is missing'],
  ])('must stay when %s is named', async (_title, flags, status, text) => {
    const { bob, run } = await serverWithBob();
    const { exitCode, stderr } = await run(`users log-out bob ${flags}`.trim());
    expect(exitCode).toBe(status);
    expect(stderr).toContain(text);
    expect(bob.sessions.size).toBe(2);
  });
});

test.each([
  ['nobody', 1, 'there is no user @nobody:localhost'],
  ['@bob:example.org', 2, 'is a user of another server'],
  ['matrix-deploy', 2, 'is the account that matrix-deploy itself works with'],
])('users lock %s must end with %i and say why', async (name, status, text) => {
  const { run } = await serverWithBob();
  const { exitCode, stderr } = await run(`users lock ${name}`);
  expect(exitCode).toBe(status);
  expect(stderr).toContain(text);
});

test('users revoke-tool-session must end it and forget it, and the next command open another', async () => {
  const { world, directory, answer } = await serverWithBob();
  await answer('list');
  expect(await answer('revoke-tool-session')).toEqual({ schemaVersion: 1, ended: true });
  expect(world.users.get('matrix-deploy')?.sessions.size).toBe(0);
  await expect(access(join(directory, 'secrets/tool_session'))).rejects.toThrow('ENOENT');
  expect(await answer('revoke-tool-session')).toMatchObject({ ended: false });
  expect(userIds(await answer('list'))).toContain('@bob:localhost');
});
