import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readIfExists } from '../host/files.ts';
import { secretPath } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';
import { writeSecret } from '../state/secrets.ts';
import { type Api, accepted } from './api.ts';

/**
 * The name of the secret with the tool account's password from before a rotation, until the account has the new one.
 */
const passwordFile = 'tool_password';

const identity = z.object({ user_id: z.string() });

/**
 * The password of the tool account. It is derived from the registration secret, which lets its holder create admins
 * in any case: so no further secret is needed.
 */
export function derivedPassword(sharedSecret: Secret): Secret {
  const mac = createHmac('sha256', sharedSecret.reveal()).update(
    'matrix-deploy: password of the tool account',
  );
  return new Secret(mac.digest('base64url'));
}

/**
 * Stores the password of the tool account before the secret that it is derived from is replaced. The next session of
 * the account sets the new password.
 *
 * @param sharedSecret `undefined` when it is lost: then only a session that is open already can set the new password
 */
export async function keepToolPassword(directory: string, sharedSecret: Secret | undefined): Promise<void> {
  // A stored password is the one that the account still has.
  if ((await passwordBefore(directory)) === undefined) {
    await writeSecret(
      directory,
      passwordFile,
      sharedSecret === undefined ? new Secret('') : derivedPassword(sharedSecret),
    );
  }
}

/**
 * The password that the tool account has from before a rotation; empty when it is unknown. `undefined` when the
 * account has the derived password.
 */
export async function passwordBefore(directory: string): Promise<Secret | undefined> {
  const text = await readIfExists(join(directory, secretPath(passwordFile)));
  return text === undefined ? undefined : new Secret(text);
}

/**
 * Sets the password of the tool account to the one that is derived from this secret, if the account has another one.
 * Ends the other sessions of the account: somebody who knew the old secret may have opened one.
 *
 * @param own the API as the tool account; nothing is done when its session has ended
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

/** Deletes the stored password, once the account has the derived one. */
export async function forgetPasswordBefore(directory: string): Promise<void> {
  await rm(join(directory, secretPath(passwordFile)), { force: true });
}
