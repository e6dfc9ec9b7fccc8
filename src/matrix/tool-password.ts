import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readIfExists } from '../host/files.ts';
import { secretPath } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';
import { writeSecret } from '../state/secrets.ts';
import { type Api, accepted } from './api.ts';

/** The password of our account from before a rotation, until it has the new one. */
const passwordFile = 'tool_password';

const identity = z.object({ user_id: z.string() });

/** The password of our account: who may create admins can be one, so that nothing more need be kept. */
export function derivedPassword(sharedSecret: Secret): Secret {
  const mac = createHmac('sha256', sharedSecret.reveal()).update(
    'matrix-deploy: password of the tool account',
  );
  return new Secret(mac.digest('base64url'));
}

/**
 * Remembers the password of our account before the secret that it is derived from is replaced. The next session of the
 * account gives it the new password.
 *
 * @param sharedSecret `undefined` where it is lost: then only a session that is open already can do that
 */
export async function keepToolPassword(directory: string, sharedSecret: Secret | undefined): Promise<void> {
  // One that is there already is the one that the account has.
  if ((await passwordBefore(directory)) === undefined) {
    await writeSecret(
      directory,
      passwordFile,
      sharedSecret === undefined ? new Secret('') : derivedPassword(sharedSecret),
    );
  }
}

/** The password that our account has, where it is not the derived one, as far as that is known. */
export async function passwordBefore(directory: string): Promise<Secret | undefined> {
  const text = await readIfExists(join(directory, secretPath(passwordFile)));
  return text === undefined ? undefined : new Secret(text);
}

/**
 * Gives our account the password that is derived from this secret, where it has another one, and ends its other sessions:
 * somebody who knew the secret before may have opened one.
 *
 * @param own our account in an open session; nothing is done in one that is over
 */
export async function renewToolPassword(own: Api, directory: string, sharedSecret: Secret): Promise<void> {
  if ((await passwordBefore(directory)) === undefined) return;
  const session = await own({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
  if (session.status === 401) return;
  const { user_id: userId } = identity.parse(accepted(session, 'tell whose session this is'));
  const path = `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`;
  const body = { password: derivedPassword(sharedSecret).reveal(), logout_devices: true };
  accepted(await own({ method: 'PUT', path, body }), `change the password of ${userId}`);
  await forgetPasswordBefore(directory);
}

/** For an account that has the derived one. */
export async function forgetPasswordBefore(directory: string): Promise<void> {
  await rm(join(directory, secretPath(passwordFile)), { force: true });
}
