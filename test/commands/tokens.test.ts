import { describe, expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** A server on which people may register by token. */
async function openServer() {
  const host = await installedHost();
  const { registration } = host.world.homeserver;
  registration.isOpen = true;
  const answer = async (argv: string) => {
    const { exitCode, stdout, stderr } = await host.run(`tokens ${argv} --json`);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  return { ...host, registration, answer };
}

const dayMilliseconds = 86_400_000;

describe('tokens create', () => {
  test('must make a token for one person and a week, if nothing else is said', async () => {
    const { registration, answer } = await openServer();
    const before = Date.now();
    const { token, uses, expiresAt } = await answer('create');
    expect(token).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
    expect(uses).toBe(1);
    expect(new Date(expiresAt).getTime() - before - 7 * dayMilliseconds).toBeLessThan(60_000);
    expect(registration.tokens.get(token)).toMatchObject({ uses_allowed: 1 });
    expect((await answer('create')).token).not.toBe(token);
  });

  test('must take how many people, until when, and the token itself', async () => {
    const { registration, answer } = await openServer();
    await answer('create --uses 20 --expires 2999-12-31 --token summer.2999');
    await answer('create --uses unlimited --expires never --token open');
    expect([...registration.tokens.values()]).toMatchObject([
      { token: 'summer.2999', uses_allowed: 20, expiry_time: Date.parse('2999-12-31T23:59:59.999Z') },
      { token: 'open', uses_allowed: null, expiry_time: null },
    ]);
  });

  test('must say what people do with it', async () => {
    const { run } = await openServer();
    const { stdout } = await run('tokens create --token abc --uses 2 --expires 2999-12-31');
    expect(stdout).toMatch(
      /for 2 people, until 2999-12-31 23:59 UTC[\s\S]*token +abc\n +homeserver +https:\/\/localhost:\d+\n +on a computer +https:\/\/app\.element\.io\/#\/register\n +on a phone +https:\/\/mobile\.element\.io\/element\?account_provider=localhost:\d+/,
    );
  });

  test('must leave a token as it is that is there already', async () => {
    const { registration, answer, run } = await openServer();
    await answer('create --token abc --uses 5');
    expect(await run('tokens create --token abc')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is a token abc already'),
    });
    expect(registration.tokens.get('abc')?.uses_allowed).toBe(5);
  });

  test.each([
    ['--uses 0', '--uses must be a number such as 5, or unlimited, not "0"'],
    ['--uses 1.5', '--uses must be a number'],
    [
      '--expires soon',
      '--expires must be a time such as 12h, 7d or 2w, a day such as 2026-12-31, or never, not "soon"',
    ],
    ['--expires 2026-02-31', '--expires must be'],
    ['--expires 2020-01-01', '--expires says 2020-01-01, which is in the past'],
    ['--token a/b', '"a/b" is no token'],
    ['--token ..', '".." is no token'],
    [`--token ${'a'.repeat(65)}`, 'is no token'],
  ])('%s must be refused before anything is done', async (flags, text) => {
    const { world, registration, run } = await openServer();
    const calls = world.homeserver.calls.length;
    expect(await run(`tokens create ${flags}`)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(text),
    });
    expect(registration.tokens.size).toBe(0);
    expect(world.homeserver.calls).toHaveLength(calls);
  });

  test('must create nothing while registration is closed, and say what to change', async () => {
    const { registration, directory, run } = await openServer();
    registration.isOpen = false;
    const { exitCode, stderr } = await run('tokens create');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('registration is closed');
    expect(stderr).toContain(`\`registration: token\` below \`synapse:\` in ${directory}/matrix.yaml`);
    expect(registration.tokens.size).toBe(0);
  });
});

describe('tokens list', () => {
  async function serverWithTokens() {
    const host = await openServer();
    const token = { uses_allowed: 3, completed: 0, pending: 0, expiry_time: null };
    const { tokens } = host.registration;
    tokens.set('old', { ...token, token: 'old', expiry_time: Date.parse('2020-01-01') });
    tokens.set('full', { ...token, token: 'full', completed: 2, pending: 1 });
    tokens.set('half', { ...token, token: 'half', completed: 1, pending: 1 });
    tokens.set('any', { ...token, token: 'any', uses_allowed: null, completed: 7 });
    return host;
  }

  test('must be a line a token, those that are good first', async () => {
    const { run } = await serverWithTokens();
    expect((await run('tokens list')).stdout.split('\n')).toEqual([
      'TOKEN  STATE    USED  PENDING  LEFT       EXPIRES',
      'any    good     7     0        unlimited  never',
      'half   good     1     1        1          never',
      'full   used up  2     1        0          never',
      'old    expired  0     0        3          2020-01-01 00:00 UTC',
      '',
    ]);
  });

  test('must have the good ones alone with --good, and tell programs the same', async () => {
    const { answer } = await serverWithTokens();
    expect(await answer('list --good')).toMatchObject({
      registration: 'token',
      tokens: [
        { token: 'any', state: 'good', completed: 7 },
        { token: 'half', state: 'good', left: 1 },
      ],
    });
  });

  test('must say so where no token lets anybody in', async () => {
    const { registration, run, answer } = await serverWithTokens();
    registration.isOpen = false;
    expect((await run('tokens list')).stdout).toContain('Registration is closed, even with a token');
    expect(await answer('list')).toMatchObject({ registration: 'closed' });
  });
});

describe('tokens revoke', () => {
  test('must take a token back', async () => {
    const { registration, answer } = await openServer();
    await answer('create --token abc');
    expect(await answer('revoke abc')).toMatchObject({ token: 'abc', revoked: true });
    expect(registration.tokens.size).toBe(0);
  });

  test.each(['nothing', '../users'])('%s must be refused, since there is no such token', async (token) => {
    const { run } = await openServer();
    expect(await run(`tokens revoke ${token}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`there is no token ${token}`),
    });
  });
});

test.each(['create', 'list', 'revoke abc'])(
  'tokens %s must say so while the server is down',
  async (argv) => {
    const { world, run } = await openServer();
    world.containers.clear();
    expect(await run(`tokens ${argv}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the homeserver does not run'),
    });
  },
);
