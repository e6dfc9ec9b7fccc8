import { describe, expect, test } from 'vitest';
import type { Exec } from '../../../src/components/service.ts';
import type { ExecResult } from '../../../src/docker/engine.ts';
import { registerUser, registrationMac } from '../../../src/matrix/registration.ts';
import { Secret } from '../../../src/secrets/secret.ts';

const user = (localpart: string, password: string, admin: boolean) => ({
  localpart,
  password: new Secret(password),
  admin,
});

// Computed with Python: hmac.new(b'shared', b'\0'.join([nonce, user, password, role]), hashlib.sha1).hexdigest().
test.each([
  ['an admin', user('admin', 'paäss', true), 'a1323c10c35de636404db6e43e8f4a4e1c673670'],
  ['a user', user('user', 'pass', false), '737c0af4aa7d80511c023f89589c8edc69410b3e'],
])('the MAC of %s must be as Synapse computes it', (_title, who, mac) => {
  expect(registrationMac(new Secret('shared'), 'nonce', who)).toBe(mac);
});

describe('registering', () => {
  /** A homeserver that gives a nonce, then answers as it is told. */
  const homeserver = (answer: Partial<ExecResult>) => {
    const calls: Exec[] = [];
    const exec = async (_id: string, call: Exec): Promise<ExecResult> => {
      calls.push(call);
      return {
        exitCode: 0,
        stdout: '{"nonce":"n1"}',
        stderr: '',
        ...(call.input === undefined ? {} : answer),
      };
    };
    return { exec, calls };
  };
  const register = (engine: ReturnType<typeof homeserver>) =>
    registerUser(
      engine,
      { container: 'c', url: 'http://x' },
      new Secret('shared'),
      user('me', 'hunter2', true),
    );

  test.each([
    ['created', '{"user_id":"@me:x"}'],
    ['exists', '{"errcode":"M_USER_IN_USE","error":"User ID already taken."}'],
  ])('must say %s', async (result, stdout) => {
    expect(await register(homeserver({ stdout }))).toBe(result);
  });

  test('must tell what the homeserver says', async () => {
    await expect(
      register(homeserver({ stdout: '{"errcode":"M_UNKNOWN","error":"HMAC incorrect"}' })),
    ).rejects.toThrow('the homeserver refused to make the user me: HMAC incorrect');
  });

  test('must tell that nobody answered', async () => {
    await expect(register(homeserver({ exitCode: 7, stderr: 'refused\n' }))).rejects.toThrow(
      "the homeserver's admin API did not answer: refused",
    );
  });

  test('must tell of an answer that is no JSON, as a proxy gives, and not call it a bug', async () => {
    const answer = { stdout: '<html>502 Bad Gateway</html>' };
    await expect(register(homeserver(answer))).rejects.toMatchObject({ code: 'matrix.unreachable' });
  });

  test('must keep password and secret out of the arguments, and open no session', async () => {
    const engine = homeserver({ stdout: '{"user_id":"@me:x"}' });
    await register(engine);
    expect(engine.calls.flatMap(({ command }) => command).join(' ')).not.toMatch(/hunter2|shared/);
    expect(JSON.parse(engine.calls[1]?.input ?? '')).toMatchObject({
      nonce: 'n1',
      username: 'me',
      password: 'hunter2',
      admin: true,
      inhibit_login: true,
    });
  });
});
