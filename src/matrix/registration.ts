import { createHmac } from 'node:crypto';
import type { Secret } from '../secrets/secret.ts';
import { type Api, type ApiAnswer, type ApiCall, accepted, isRefusedWith } from './api.ts';
import { isPasswordOf } from './log-in.ts';

export interface NewUser {
  /** The part of the user ID before the colon. */
  readonly localpart: string;
  readonly password: Secret;
  readonly admin: boolean;
  /** When absent, Synapse uses the localpart. */
  readonly displayName?: string | undefined;
  /**
   * Synapse's type of an account that belongs to no person: `support` keeps it out of the user directory. Absent for
   * a person.
   */
  readonly type?: 'support' | undefined;
}

export type RegistrationResult = 'created' | 'exists';

/**
 * Creates an account through Synapse's shared-secret registration (its docs/admin_api/register_api.md): a nonce, then
 * a request signed with HMAC-SHA1. Of two calls at the same time, one creates the account, and the other one finds
 * it. If Synapse fails at the request after it has created the account, the password shows that the account is ours.
 */
export async function registerUser(
  api: Api,
  sharedSecret: Secret,
  user: NewUser,
): Promise<RegistrationResult> {
  // Otherwise Synapse opens a session that nobody ever closes.
  const { body, hasFailed } = await register(api, sharedSecret, user, { inhibit_login: true });
  if (body !== undefined) return 'created';
  return hasFailed && (await isPasswordOf(api, user.localpart, user.password)) ? 'created' : 'exists';
}

/** The session that is opened at the creation of its account. */
export interface FirstSession {
  readonly accessToken: string;
  readonly deviceId: string;
}

/**
 * Creates an account and opens its first session.
 *
 * @param device display name of the session
 * @returns `undefined` when the account exists already, even if Synapse created it for this call and then failed
 */
export async function registerSession(
  api: Api,
  sharedSecret: Secret,
  user: NewUser,
  device: string,
): Promise<FirstSession | undefined> {
  const { body } = await register(api, sharedSecret, user, { initial_device_display_name: device });
  return body && { accessToken: String(body.access_token), deviceId: String(body.device_id) };
}

interface RegistrationAnswer {
  /** Synapse's answer. Absent when the account exists already. */
  readonly body?: ApiAnswer['body'];
  /** Whether an earlier attempt failed, so that an existing account may be ours. */
  readonly hasFailed: boolean;
}

async function register(
  api: Api,
  sharedSecret: Secret,
  user: NewUser,
  session: object,
): Promise<RegistrationAnswer> {
  let requests = 0;
  const intent = `create the user ${user.localpart}`;
  const path = '/_synapse/admin/v1/register';
  const signed = async (): Promise<ApiCall> => {
    requests += 1;
    // A nonce is valid for one call, even if that call fails.
    const { nonce } = accepted(await api({ method: 'GET', path }), intent);
    const body = {
      nonce,
      username: user.localpart,
      password: user.password.reveal(),
      admin: user.admin,
      user_type: user.type,
      displayname: user.displayName,
      mac: registrationMac(sharedSecret, String(nonce), user),
      ...session,
    };
    return { method: 'POST', path, body, retry: signed };
  };
  const answer = await api(await signed());
  const hasFailed = requests > 1;
  return isRefusedWith(answer, 'M_USER_IN_USE')
    ? { hasFailed }
    : { body: accepted(answer, intent), hasFailed };
}

/** HMAC-SHA1 over nonce, name, password, role and, where there is one, type, separated by zero bytes. */
export function registrationMac(
  sharedSecret: Secret,
  nonce: string,
  { localpart, password, admin, type }: NewUser,
): string {
  const role = admin ? 'admin' : 'notadmin';
  const fields = [nonce, localpart, password.reveal(), role, ...(type === undefined ? [] : [type])];
  return createHmac('sha1', sharedSecret.reveal()).update(fields.join('\0')).digest('hex');
}
