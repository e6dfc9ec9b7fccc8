import { rmSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type Host, installedHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const named = 'add-user bob --generate-password';

describe('add-user', () => {
  test('must make a user, and say what the person does next', async () => {
    const { world, run } = await installedHost();
    const { exitCode, stdout } = await run(named);
    expect(exitCode).toBe(0);
    const { password, admin } = world.users.get('bob') ?? {};
    expect({ admin }).toEqual({ admin: false });
    const link =
      /https:\/\/mobile\.element\.io\/element\?account_provider=localhost:\d+&login_hint=mxid:@bob:localhost\n/;
    for (const fact of [/ https:\/\/localhost:\d+/, / @bob:localhost\n/, ` ${password} `, link]) {
      expect(stdout).toMatch(fact);
    }
  });

  test('must make an admin, with name and address', async () => {
    const { world, run } = await installedHost();
    expect(await run(`${named} --admin --display-name Bob --email Bob@Example.org`)).toMatchObject({
      exitCode: 0,
    });
    expect(world.users.get('bob')).toMatchObject({
      admin: true,
      displayName: 'Bob',
      email: 'bob@example.org',
    });
  });

  test('must answer with one JSON document, which has the password where nobody else knows it', async () => {
    const { world, run } = await installedHost();
    const { stdout } = await run(`${named} --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      created: true,
      userId: '@bob:localhost',
      contactLink: 'https://matrix.to/#/@bob:localhost',
      password: world.users.get('bob')?.password,
    });
  });

  test('must need no session of an admin where a user has no address', async () => {
    const { directory, run } = await installedHost();
    await run(named);
    expect(await readdir(join(directory, 'secrets'))).not.toContain('tool_session');
  });

  test.each([
    ['a file', '--password-file given'],
    ['the standard input', '--password-file -'],
  ])('must take a password from %s, and not show it', async (_title, flags) => {
    const { world, directory, run } = await installedHost();
    await writeFile(join(directory, 'given'), 'from a file\n', { mode: 0o600 });
    const { stdout, stderr } = await run(`add-user bob --json ${flags}`, { input: 'from a file\n' });
    expect(world.users.get('bob')?.password).toBe('from a file');
    expect(`${stdout}${stderr}`).not.toContain('from a file');
  });
});

describe('the card of a new person', () => {
  test('must say how to begin and what a recovery key is, without the password', async () => {
    const { world, directory, run } = await installedHost();
    const { stdout } = await run(`${named} --card --card-file card.html`);
    const page = join(directory, 'card.html');
    const html = await readFile(page, 'utf8');
    for (const text of [stdout, html]) {
      expect(text).toContain('@bob:localhost');
      expect(text).toContain('Get your recovery key');
    }
    expect(html).not.toContain(world.users.get('bob')?.password);
    expect((await stat(page)).mode & 0o777).toBe(0o600);
  });

  test('must not replace another file, and nobody be made then', async () => {
    const { world, directory, run } = await installedHost();
    await writeFile(join(directory, 'card.html'), 'something else');
    expect(await run(`${named} --card-file card.html`)).toMatchObject({ exitCode: 2 });
    expect(world.users.has('bob')).toBe(false);
    expect(await readFile(join(directory, 'card.html'), 'utf8')).toBe('something else');
  });

  test('must be refused before anybody is made where its directory is missing', async () => {
    const { world, run } = await installedHost();
    const { exitCode, stderr } = await run(`${named} --card-file cards/bob.html`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('cannot write a card to');
    expect(world.users.has('bob')).toBe(false);
  });

  test('must not keep the password from being shown where it cannot be written after all', async () => {
    const { world, directory, run } = await installedHost();
    const cards = join(directory, 'cards');
    await mkdir(cards);
    const set = world.users.set.bind(world.users);
    world.users.set = (name, user) => {
      rmSync(cards, { recursive: true, force: true });
      return set(name, user);
    };
    const { exitCode, stdout, stderr } = await run(`${named} --card-file cards/bob.html --json`);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ created: true, password: world.users.get('bob')?.password });
    expect(JSON.parse(stderr.split('\n')[1] ?? '')).toMatchObject({ error: { code: 'card.file' } });
  });
});

describe('a user who is there', () => {
  test('must end add-user with 1, and stay unchanged', async () => {
    const { world, run } = await installedHost();
    await run(named);
    const before = { ...world.users.get('bob') };
    const { exitCode, stdout, stderr } = await run(`${named} --admin --json`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr.split('\n')[1] ?? '')).toMatchObject({ error: { code: 'user.exists' } });
    expect(world.users.get('bob')).toEqual(before);
  });

  test('must end it with 0 with --exists-ok, and no password be shown', async () => {
    const { world, run } = await installedHost();
    await run(named);
    const before = { ...world.users.get('bob') };
    const { exitCode, stdout } = await run(`${named} --exists-ok --json`);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ created: false });
    expect(JSON.parse(stdout)).not.toHaveProperty('password');
    expect(world.users.get('bob')).toEqual(before);
  });
});

describe('nothing must be done', () => {
  test.each([
    ['for a name that is none', 'add-user Bob\u00a0Smith --generate-password', 2, 'Did you mean bob.smith?'],
    ['for the account of the tool', 'add-user matrix-deploy --generate-password', 2, 'must be another one'],
    ['for an address that is none', `${named} --email bob`, 2, '"bob" is not an email address'],
    ['for a password that others can read', 'add-user bob --password-file open', 2, 'chmod 600'],
    ['for two passwords', `${named} --password-file open`, 2, 'exclude each other'],
    ['without a terminal', 'add-user', 2, '--generate-password'],
    ['with an address of another user', `${named} --email a@example.org`, 1, 'is that of @alice:localhost'],
  ])('%s', async (_title, argv, status, text) => {
    const { world, directory, run } = await installedHost();
    await run('add-user alice --generate-password --email a@example.org');
    await writeFile(join(directory, 'open'), 'x');
    await chmod(join(directory, 'open'), 0o644);
    const { exitCode, stdout, stderr } = await run(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: status, stdout: '' });
    expect(stderr).toContain(text);
    expect(world.users.has('bob')).toBe(false);
  });

  test('while the homeserver is stopped: its state must be told, and what to do', async () => {
    const { world, run } = await installedHost();
    for (const [id, container] of world.containers) {
      world.containers.set(id, { ...container, status: 'Exited (1) 2 minutes ago', addresses: {} });
    }
    const { exitCode, stdout, stderr } = await run(named);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('the homeserver does not run: Exited (1) 2 minutes ago');
    expect(stderr).toContain('matrix-deploy apply');
  });

  test('while the homeserver crashes', async () => {
    const { world, run } = await installedHost();
    world.crash = () => 'no';
    expect(await run(named)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the homeserver does not answer'),
    });
  });
});

describe('the session of the tool', () => {
  const withAddress = (name: string) => `add-user ${name} --generate-password --email ${name}@example.org`;

  test('must be opened at its first use, be kept so that nobody else can read it, and be used again', async () => {
    const { world, directory, run, read } = await installedHost();
    await run(withAddress('bob'));
    const token = await read('secrets/tool_session');
    expect((await stat(join(directory, 'secrets/tool_session'))).mode & 0o777).toBe(0o600);
    await run(withAddress('carol'));
    expect([...(world.users.get('matrix-deploy')?.sessions.keys() ?? [])]).toEqual([token]);
  });

  test('must be opened again when the homeserver does not know it', async () => {
    const { world, run, write, read } = await installedHost();
    await run(withAddress('bob'));
    await write('secrets/tool_session', 'unknown');
    expect(await run(withAddress('carol'))).toMatchObject({ exitCode: 0 });
    expect(world.users.get('matrix-deploy')?.sessions.has(await read('secrets/tool_session'))).toBe(true);
  });

  test('must be of an account that people do not see', async () => {
    const { world, run } = await installedHost();
    await run(withAddress('bob'));
    expect(world.users.get('matrix-deploy')?.type).toBe('support');
  });

  test.each([
    [
      'it is opened again',
      async (host: Host) => {
        await host.write('secrets/tool_session', 'unknown');
        await host.run(withAddress('carol'));
      },
    ],
    [
      'apply changes the server',
      async (host: Host) => {
        await host.configure('  overrides: {}', '  log_level: WARNING');
        await host.run('apply');
      },
    ],
  ])('must take its account out of rooms and directory when %s', async (_when, act) => {
    const host = await installedHost();
    await host.run(withAddress('bob'));
    const account = host.world.users.get('matrix-deploy');
    Object.assign(account ?? {}, { joined: ['!a:localhost', '!b:localhost'], type: undefined });
    await act(host);
    expect(account).toMatchObject({ joined: [], type: 'support' });
  });

  test('must say so when its account lets it in no more', async () => {
    const { world, run, write } = await installedHost();
    await run(withAddress('bob'));
    const account = world.users.get('matrix-deploy');
    Object.assign(account ?? {}, { deactivated: true, sessions: new Map() });
    await write('secrets/tool_session', 'unknown');
    expect(await run(withAddress('carol'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('does not let matrix-deploy in as matrix-deploy'),
    });
    expect(world.users.has('carol')).toBe(false);
  });

  test('must never be shown', async () => {
    const { run, read } = await installedHost();
    const results = [await run(withAddress('bob')), await run(`${withAddress('carol')} --json`)];
    const token = await read('secrets/tool_session');
    expect(JSON.stringify(results)).not.toContain(token);
  });
});
