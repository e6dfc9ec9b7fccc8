import { chmod, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const from = 'add-user --from users.csv --passwords-to new.csv --json';

async function hostWith(csv: string) {
  const host = await installedHost();
  const give = (text: string) => writeFile(join(host.directory, 'users.csv'), text, { mode: 0o600 });
  await give(csv);
  return {
    ...host,
    give,
    async results(argv = from) {
      const { stdout } = await host.run(argv);
      const { users } = JSON.parse(stdout) as { users: { userId: string; result: string }[] };
      return Object.fromEntries(users.map(({ userId, result }) => [userId.slice(1, -10), result]));
    },
    /** The file with the passwords that were made, as a value. */
    async passwords() {
      const lines = (await host.read('new.csv')).trimEnd().split('\n').slice(1);
      return Object.fromEntries(lines.map((line) => line.split(',')));
    },
  };
}

const people = 'name,password,admin,display_name,email\nbob,,,Bob B.,b@example.org\ncarol,her own,yes,,\n';

describe('add-user --from', () => {
  test('must make each user of the file, with all that it says', async () => {
    const { world, run, passwords } = await hostWith(people);
    const { exitCode, stdout, stderr } = await run(from);
    expect(exitCode, stderr).toBe(0);
    const { bob } = await passwords();
    expect(world.users.get('bob')).toMatchObject({
      password: bob,
      admin: false,
      displayName: 'Bob B.',
      email: 'b@example.org',
    });
    expect(world.users.get('carol')).toMatchObject({ password: 'her own', admin: true });
    expect(JSON.parse(stdout)).toMatchObject({
      users: [
        { line: 2, userId: '@bob:localhost', result: 'made' },
        { line: 3, userId: '@carol:localhost', result: 'made' },
      ],
    });
    for (const password of [bob, 'her own']) {
      expect(`${stdout}${stderr}`).not.toContain(password);
    }
  });

  test('must keep the passwords that it makes where only the owner can read them', async () => {
    const { directory, run, passwords } = await hostWith(people);
    await run(from);
    expect((await stat(join(directory, 'new.csv'))).mode & 0o777).toBe(0o600);
    expect(Object.keys(await passwords())).toEqual(['bob']);
  });

  test('must keep them beside the other secrets where nobody says otherwise', async () => {
    const { run } = await hostWith(people);
    const { stdout } = await run('add-user --from users.csv');
    expect(stdout).toMatch(/\/secrets\/new-passwords-\d{4}-\d\d-\d\d\.csv/);
  });

  test('must read the standard input', async () => {
    const { world, run } = await hostWith('');
    const argv = from.replace('users.csv', '-');
    expect(await run(argv, { input: people })).toMatchObject({ exitCode: 0 });
    expect(world.users.has('carol')).toBe(true);
  });

  test('must change nothing when it is run again', async () => {
    const { world, results, read } = await hostWith(people);
    await results();
    const before = [structuredClone(world.users.get('bob')), await read('new.csv')];
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before' });
    expect([world.users.get('bob'), await read('new.csv')]).toEqual(before);
  });

  test('must make those who were added to the file, and keep the passwords of the others', async () => {
    const { give, results, passwords } = await hostWith(people);
    await results();
    const { bob } = await passwords();
    await give(`${people}dave,,,,\n`);
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before', dave: 'made' });
    expect(await passwords()).toEqual({ bob, dave: expect.any(String) });
  });
});

describe('a user who was there before', () => {
  test('must be reported, and stay unchanged', async () => {
    const { world, run, results, passwords } = await hostWith(people);
    await run('add-user bob --generate-password');
    const before = structuredClone(world.users.get('bob'));
    expect(await results()).toEqual({ bob: 'exists', carol: 'made' });
    expect(world.users.get('bob')).toEqual(before);
    await expect(passwords()).rejects.toThrow('ENOENT');
    expect(await run(from)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('"user.exists"'),
    });
    expect(await run(`${from} --exists-ok`)).toMatchObject({ exitCode: 0 });
  });

  test('must be told of when the file asks for another password than the user was created with', async () => {
    const { give, results } = await hostWith(people);
    await results();
    await give(people.replace('her own', 'another'));
    expect(await results()).toEqual({ bob: 'made-before', carol: 'exists' });
  });
});

const logIns = ({ homeserver }: Awaited<ReturnType<typeof hostWith>>['world']) =>
  homeserver.calls.filter((call) => call.endsWith('/login')).length;

/** A line of the record. */
interface Noted {
  localpart: string;
  row: string;
  made: boolean;
  sessions?: string[];
}

/**
 * What a run leaves that dies after users are made: before it notes so, with or without their first sessions, or between
 * that and the end of these sessions.
 */
async function afterDeath(death: 'with sessions' | 'without sessions' | 'noted') {
  const host = await hostWith(people);
  await host.results();
  const record = await host.read('state/made-users.jsonl');
  const lines: Noted[] = record
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const isSeen = ({ made, sessions }: Noted) => !made || (death === 'noted' && sessions !== undefined);
  const kept = lines.filter(isSeen).map((line) => `${JSON.stringify(line)}\n`);
  await host.write('state/made-users.jsonl', kept.join(''));
  for (const { localpart, row, sessions: [id = ''] = [] } of death === 'without sessions' ? [] : lines) {
    if (id !== '') {
      host.world.users.get(localpart)?.sessions.set(id, `matrix-deploy add-user ${row}`);
    }
  }
  return host;
}

describe('after a run that died', () => {
  test('a user whom it made must be known by the first session, which is ended, without a log-in', async () => {
    const { world, results, passwords } = await afterDeath('with sessions');
    const { bob } = await passwords();
    delete world.users.get('bob')?.email;
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before' });
    expect(world.users.get('bob')).toMatchObject({ password: bob, email: 'b@example.org' });
    expect([...(world.users.get('bob')?.sessions ?? [])]).toEqual([]);
    expect(logIns(world)).toBe(0);
  });

  test('a user of whom it noted so must have the first session ended', async () => {
    const { world, results } = await afterDeath('noted');
    expect(world.users.get('bob')?.sessions.size).toBe(1);
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before' });
    expect(world.users.get('bob')?.sessions.size).toBe(0);
    expect(logIns(world)).toBe(0);
  });

  test('a user whose first session is gone must be known by the password, and be finished', async () => {
    const { world, results, passwords } = await afterDeath('without sessions');
    const { bob } = await passwords();
    delete world.users.get('bob')?.email;
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before' });
    expect(world.users.get('bob')).toMatchObject({ password: bob, email: 'b@example.org' });
    expect([...(world.users.get('bob')?.sessions ?? [])]).toEqual([]);
    expect(logIns(world)).toBe(2);
    await results();
    expect(logIns(world)).toBe(2);
  });

  test('a user whose first session comes only while the password is tried must have it ended', async () => {
    const { world, results, read } = await afterDeath('without sessions');
    const bob = world.users.get('bob');
    const password = bob?.password;
    const record = (await read('state/made-users.jsonl')).split('\n').find((line) => line.includes('"bob"'));
    const { row } = JSON.parse(record ?? '') as Noted;
    Object.defineProperty(bob, 'password', {
      get() {
        if (logIns(world) > 0) bob?.sessions.set('late', `matrix-deploy add-user ${row}`);
        return password;
      },
    });
    expect(await results()).toEqual({ bob: 'made-before', carol: 'made-before' });
    expect(bob?.sessions.size).toBe(0);
  });

  test('a user whom it was about to make must get the password that it noted', async () => {
    const { world, results, passwords } = await afterDeath('without sessions');
    const { bob } = await passwords();
    world.users.delete('bob');
    expect(await results()).toEqual({ bob: 'made', carol: 'made-before' });
    expect(world.users.get('bob')?.password).toBe(bob);
  });

  test('a user of another creator must stay, and lose the password of another user', async () => {
    const { world, results, passwords } = await afterDeath('without sessions');
    Object.assign(world.users.get('bob') ?? {}, { password: 'of another', email: undefined });
    expect(await results()).toEqual({ bob: 'exists', carol: 'made-before' });
    expect(world.users.get('bob')).toMatchObject({ password: 'of another', email: undefined });
    expect(await passwords()).toEqual({});
  });

  test('a user whose password is lost must stay', async () => {
    const { write, results } = await afterDeath('without sessions');
    await write('new.csv', 'name,password\n');
    expect(await results()).toEqual({ bob: 'exists', carol: 'made-before' });
  });
});

describe('nothing must be done', () => {
  test.each([
    [
      'for a file with mistakes',
      people.replace('carol', 'Carol'),
      from,
      2,
      'line 3: the name must be small letters',
    ],
    ['for a file that has lost a character', 'name,display_name\nann,\uFFFD\n', from, 2, 'U+FFFD'],
    ['beside a name', people, `${from} dave`, 2, 'dave cannot be added'],
    ['beside what the file says', people, `${from} --admin`, 2, "'--admin'"],
    ['for passwords without a file', people, 'add-user eve --passwords-to x', 2, '--from'],
    ['where no directory is', people, from.replace('new.csv', 'none/new.csv'), 2, 'cannot write passwords'],
    ['where a file is in the way', people, from.replace('new.csv', 'users.csv'), 2, 'exists already'],
  ])('%s', async (_title, csv, argv, status, text) => {
    const { world, run } = await hostWith(csv);
    const { exitCode, stdout, stderr } = await run(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: status, stdout: '' });
    expect(stderr).toContain(text);
    expect([...world.users.keys()].filter((name) => name !== 'matrix-deploy')).toEqual(['admin']);
  });

  test('for passwords that others can read; those that are to be made are no secret yet', async () => {
    const { world, directory, give, run } = await hostWith(people);
    await chmod(join(directory, 'users.csv'), 0o644);
    expect(await run(from)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('chmod 600') });
    expect(world.users.has('bob')).toBe(false);
    await give('name\nbob\n');
    expect(await run(from)).toMatchObject({ exitCode: 0 });
  });
});

describe('what goes wrong on the way', () => {
  test('must not stop the others', async () => {
    const { run, results } = await hostWith(people);
    await run('add-user alice --generate-password --email b@example.org');
    expect(await results()).toEqual({ bob: 'failed', carol: 'made' });
    expect(await run(from)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/"user.not-made".*line 2: @bob:localhost failed: the email address/),
    });
  });

  test.each([
    ['with its first session', () => {}],
    ['without a session', (user: { sessions: Map<string, string> } | undefined) => user?.sessions.clear()],
  ])('must not make a stranger of a user whom Synapse makes, %s, before it fails', async (_title, then) => {
    const { world, run, results, passwords } = await hostWith('name\nbob\n');
    // With it, the account that the tool works with is there.
    await run('users list');
    const register = 'POST /_synapse/admin/v1/register';
    world.homeserver.halfDone.add(register);
    world.homeserver.onCall = (call) => {
      if (call === register) then(world.users.get('bob'));
    };
    expect(await results()).toEqual({ bob: 'made-before' });
    const { bob } = await passwords();
    expect(world.users.get('bob')).toMatchObject({ password: bob });
    expect(world.users.get('bob')?.sessions.size).toBe(0);
  });

  test('must leave the rest for another run when it is interrupted', async () => {
    // More than are made at a time.
    const names = Array.from({ length: availableParallelism() + 9 }, (_, index) => `u${index}`);
    const { world, run, results } = await hostWith(`name\n${names.join('\n')}\n`);
    const interrupt = new AbortController();
    world.homeserver.onCall = (call) => call === 'POST /_synapse/admin/v1/register' && interrupt.abort();
    const { exitCode, stdout, stderr } = await run(from, { interrupt: interrupt.signal });
    expect(exitCode).toBe(130);
    const { users } = JSON.parse(stdout) as { users: { result: string }[] };
    expect(users.at(-1)).toMatchObject({ result: 'not-begun' });
    expect(stderr).toContain('Run the same command again');
    const finished = Object.values(await results());
    expect(finished).toHaveLength(names.length);
    expect(finished.filter((result) => !result.startsWith('made'))).toEqual([]);
  });
});
