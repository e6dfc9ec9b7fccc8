import { UserError } from '../../errors.ts';
import { asObject } from '../../json-object.ts';
import { type Api, accepted } from '../../matrix/api.ts';
import { logIn } from '../../matrix/log-in.ts';
import { Secret } from '../../secrets/secret.ts';
import type { TalkSession } from './accounts.ts';

/** An account on another homeserver, and its credentials. */
export type OtherAccount = { readonly url: string } & (
  | { readonly user: string; readonly password: Secret }
  | { readonly token: Secret }
);

/**
 * Opens a session of an account on another homeserver: by a login, or with a given token.
 *
 * @param api of that homeserver, without a token
 * @throws UserError when the homeserver refuses, or when the session of a token has no device or has keys that would
 * be lost
 */
export async function enter(api: Api, account: OtherAccount): Promise<TalkSession> {
  if ('token' in account) return sessionOfToken(api, account.token);
  const answer = await logIn(api, account.user, account.password);
  const { user_id, device_id, access_token } = accepted(answer, `let ${account.user} in`);
  return {
    userId: String(user_id),
    deviceId: String(device_id),
    token: new Secret(String(access_token)),
  };
}

async function sessionOfToken(api: Api, token: Secret): Promise<TalkSession> {
  const path = '/_matrix/client/v3/account/whoami';
  const { user_id, device_id } = accepted(
    await api({ method: 'GET', path, token }),
    'take the token of the other account',
  );
  const userId = String(user_id);
  if (typeof device_id !== 'string') {
    throw unfit(`the token of ${userId} belongs to no device, so that nothing can be encrypted for it`);
  }
  const query = { device_keys: { [userId]: [device_id] } };
  const keys = accepted(
    await api({ method: 'POST', path: '/_matrix/client/v3/keys/query', body: query, token }),
    `show the keys of ${userId}`,
  );
  if (asObject(asObject(asObject(keys.device_keys)?.[userId])?.[device_id]) !== undefined) {
    throw unfit(`the token of ${userId} belongs to an app that has keys of its own, which would be lost`);
  }
  return { userId, deviceId: device_id, token };
}

function unfit(message: string): UserError {
  return new UserError(message, {
    code: 'talk.token',
    hint: 'Log in for a token of its own (POST /_matrix/client/v3/login, see docs/talk.md), or give --other-user.',
  });
}
