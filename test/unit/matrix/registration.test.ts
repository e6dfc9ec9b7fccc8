import { describe, expect, test } from 'vitest';
import type { ApiAnswer, ApiCall } from '../../../src/matrix/api.ts';
import { registerSession, registerUser, registrationMac } from '../../../src/matrix/registration.ts';
import { Secret } from '../../../src/secrets/secret.ts';

const user = (localpart: string, password: string, admin: boolean) => ({
  localpart,
  password: new Secret(password),
  admin,
});

// Computed with Python: hmac.new(b'shared', b'\0'.join([nonce, user, password, role, type]), hashlib.sha1).hexdigest().
test.each([
  ['an admin', user('admin', 'paäss', true), 'a1323c10c35de636404db6e43e8f4a4e1c673670'],
  ['a user', user('user', 'pass', false), '737c0af4aa7d80511c023f89589c8edc69410b3e'],
  [
    'an account of no person',
    { ...user('tool', 'pass', true), type: 'support' as const },
    '17572cd6f69fab69f5aa7eb4cf56feda434a3488',
  ],
])('the MAC of %s must be as Synapse computes it', (_title, who, mac) => {
  expect(registrationMac(new Secret('shared'), 'nonce', who)).toBe(mac);
});

/** A homeserver that gives a nonce, then answers as it is told. */
function homeserver(status: number, body: ApiAnswer['body']) {
  const calls: ApiCall[] = [];
  const api = async (call: ApiCall): Promise<ApiAnswer> => {
    calls.push(call);
    return call.method === 'GET' ? { status: 200, body: { nonce: 'n1' } } : { status, body };
  };
  return { api, calls };
}

const shared = new Secret('shared');
const me = user('me', 'hunter2', true);
const inUse = { errcode: 'M_USER_IN_USE', error: 'User ID already taken.' };

describe('registering', () => {
  test.each([
    ['created', 200, { user_id: '@me:x' }],
    ['exists', 400, inUse],
  ])('must say %s', async (result, status, body) => {
    expect(await registerUser(homeserver(status, body).api, shared, me)).toBe(result);
  });

  test.each([
    ['created', 'of an account that it made before it failed', 200],
    ['exists', 'of an account of somebody else that came meanwhile', 403],
  ])('must say %s %s', async (result, _title, logsIn) => {
    // It fails at the first request, and the account is there at the second.
    const api = async ({ method, path, retry }: ApiCall): Promise<ApiAnswer> => {
      if (method === 'GET') return { status: 200, body: { nonce: 'n1' } };
      if (path.endsWith('/login')) return { status: logsIn, body: { access_token: 't' } };
      if (path.endsWith('/logout')) return { status: 200, body: {} };
      await retry?.();
      return { status: 400, body: inUse };
    };
    expect(await registerUser(api, shared, me)).toBe(result);
  });

  test('must tell what the homeserver says', async () => {
    const { api } = homeserver(403, { errcode: 'M_UNKNOWN', error: 'HMAC incorrect' });
    await expect(registerUser(api, shared, me)).rejects.toThrow(
      'the homeserver refused to create the user me: HMAC incorrect',
    );
  });

  test('must open no session', async () => {
    const { api, calls } = homeserver(200, { user_id: '@me:x' });
    await registerUser(api, shared, me);
    expect(calls[1]?.body).toMatchObject({ nonce: 'n1', username: 'me', admin: true, inhibit_login: true });
  });
});

describe('registering with a session', () => {
  test('must give its token and its device', async () => {
    const { api } = homeserver(200, { user_id: '@me:x', access_token: 't', device_id: 'D' });
    expect(await registerSession(api, shared, me, 'phone')).toEqual({ accessToken: 't', deviceId: 'D' });
  });

  test('must give none for a user who is there', async () => {
    expect(await registerSession(homeserver(400, inUse).api, shared, me, 'phone')).toBeUndefined();
  });
});
