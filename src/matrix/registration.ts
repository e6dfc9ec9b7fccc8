import { createHmac } from 'node:crypto';
import type { Exec } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import { UserError } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';

export interface NewUser {
  /** The part of the user ID before the colon. */
  readonly localpart: string;
  readonly password: Secret;
  readonly admin: boolean;
}

export type RegistrationResult = 'created' | 'exists';

/** The homeserver as its own container sees it: the admin API is published nowhere. */
export interface InternalHomeserver {
  readonly container: string;
  readonly url: string;
}

/**
 * Makes an account through Synapse's shared-secret registration (its docs/admin_api/register_api.md): a nonce, then a
 * request signed with HMAC-SHA1. Everything secret goes through the standard input of a program in the container.
 */
export async function registerUser(
  engine: Pick<Engine, 'exec'>,
  homeserver: InternalHomeserver,
  sharedSecret: Secret,
  user: NewUser,
): Promise<RegistrationResult> {
  const url = `${homeserver.url}/_synapse/admin/v1/register`;
  const call = (exec: Exec) => requestJson(engine, homeserver.container, exec);
  const { nonce } = await call(getJson(url));
  const { errcode, error, user_id } = await call(
    postJson(url, {
      nonce,
      username: user.localpart,
      password: user.password.reveal(),
      admin: user.admin,
      // Otherwise Synapse opens a session that nobody ever closes.
      inhibit_login: true,
      mac: registrationMac(sharedSecret, String(nonce), user),
    }),
  );
  if (user_id !== undefined) {
    return 'created';
  }
  if (errcode === 'M_USER_IN_USE') {
    return 'exists';
  }
  throw new UserError(`the homeserver refused to make the user ${user.localpart}: ${error ?? errcode}`, {
    code: 'matrix.registration',
  });
}

/** HMAC-SHA1 over nonce, name, password and role, separated by zero bytes. */
export function registrationMac(
  sharedSecret: Secret,
  nonce: string,
  { localpart, password, admin }: NewUser,
): string {
  const fields = [nonce, localpart, password.reveal(), admin ? 'admin' : 'notadmin'];
  return createHmac('sha1', sharedSecret.reveal()).update(fields.join('\0')).digest('hex');
}

// curl is in Synapse's image for its health check.
function getJson(url: string): Exec {
  return { command: ['curl', '-sS', '--max-time', '30', url] };
}

function postJson(url: string, body: object): Exec {
  return {
    command: [
      'curl',
      '-sS',
      '--max-time',
      '30',
      '-H',
      'Content-Type: application/json',
      '--data-binary',
      '@-',
      url,
    ],
    input: JSON.stringify(body),
  };
}

async function requestJson(
  engine: Pick<Engine, 'exec'>,
  container: string,
  exec: Exec,
): Promise<Record<string, string | undefined>> {
  const { exitCode, stdout, stderr } = await engine.exec(container, exec);
  if (exitCode !== 0) {
    throw noAnswer(stderr.trim());
  }
  try {
    return JSON.parse(stdout);
  } catch {
    throw noAnswer(`this is no JSON: ${stdout.slice(0, 200)}`);
  }
}

function noAnswer(saw: string): UserError {
  return new UserError(`the homeserver's admin API did not answer: ${saw}`, {
    code: 'matrix.unreachable',
    hint: 'See `matrix-deploy status`, then run the command again.',
  });
}
