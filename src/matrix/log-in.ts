import { Secret } from '../secrets/secret.ts';
import { type Api, type ApiAnswer, accepted } from './api.ts';

/** The display name of our own sessions. */
export const ownDevice = 'matrix-deploy';

/** Asks for a session by password (client-server API, "Login"). */
export async function logIn(api: Api, localpart: string, password: Secret): Promise<ApiAnswer> {
  const body = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: localpart },
    password: password.reveal(),
    initial_device_display_name: ownDevice,
  };
  return api({ method: 'POST', path: '/_matrix/client/v3/login', body });
}

/**
 * Whether this is the password of an account that can be used. Tests it by a login, of which Synapse allows only a
 * few in a row, and a logout.
 */
export async function isPasswordOf(api: Api, localpart: string, password: Secret): Promise<boolean> {
  const answer = await logIn(api, localpart, password);
  if (answer.status === 403) {
    return false;
  }
  const { access_token } = accepted(answer, `let ${localpart} in`);
  const token = new Secret(String(access_token));
  accepted(
    await api({ method: 'POST', path: '/_matrix/client/v3/logout', body: {}, token }),
    'end a session',
  );
  return true;
}
