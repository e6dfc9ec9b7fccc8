import { expect, test } from 'vitest';
import { addUser } from '../../../src/administration/add-user.ts';
import type { Api } from '../../../src/matrix/api.ts';
import type { Homeserver } from '../../../src/matrix/homeserver.ts';
import { Secret } from '../../../src/secrets/secret.ts';

const stack = {
  serverName: 'a.test',
  edge: { httpsPort: 443 },
  delegation: { clientUrl: 'https://matrix.a.test' },
};
const request = {
  localpart: 'bob',
  admin: false,
  email: 'bob@a.test',
  existsOk: false,
  password: new Secret('generated'),
};

test('a user who is made must be told of although the address is refused afterwards', async () => {
  const api: Api = async ({ method }) => ({ status: 200, body: method === 'GET' ? { nonce: 'n' } : {} });
  const admin: Api = async ({ method }) =>
    method === 'GET'
      ? { status: 404, body: { errcode: 'M_NOT_FOUND' } }
      : { status: 500, body: { error: 'no' } };
  const server = { api, admin, registrationSecret: new Secret('shared'), stack } as unknown as Homeserver;
  const { user, failure } = await addUser(server, request);
  expect(user).toMatchObject({ created: true, userId: '@bob:a.test' });
  expect(failure).toMatchObject({
    code: 'user.email',
    message: expect.stringContaining('without the email address: the homeserver refused'),
  });
});
