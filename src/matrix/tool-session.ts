import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { isErrno, readIfExists } from '../host/files.ts';
import { toolAccount } from '../identifiers/user-id.ts';
import { secretPath } from '../layout.ts';
import { Secret } from '../secrets/secret.ts';
import { writeSecret } from '../state/secrets.ts';
import { type Api, accepted } from './api.ts';
import { logIn, ownDevice } from './log-in.ts';
import { registerSession } from './registration.ts';
import { toolAccountType, withdrawToolAccount } from './tool-account.ts';
import { derivedPassword, forgetPasswordBefore, passwordBefore, renewToolPassword } from './tool-password.ts';

/** Name of the secret with the token of the tool account's session. */
export const sessionFile = 'tool_session';

export interface ToolSession {
  readonly api: Api;
  /** Absolute path of the deployment directory. */
  readonly directory: string;
  /**
   * The registration secret, which allows creating admins. The password of the tool account is derived from it, and
   * is not stored.
   */
  readonly sharedSecret: Secret;
}

/**
 * The API as an admin: calls carry the token of the tool account. The account and its session are created at the
 * first call, unless a session is stored, and again when the homeserver no longer knows the token.
 */
export function asAdmin({ api, directory, sharedSecret }: ToolSession): Api {
  const kept = keptToken(directory).then(async (token) => {
    if (token !== undefined) {
      // If this fails, the next run tries it again.
      await renewToolPassword(inSession(api, token), directory, sharedSecret).catch(() => undefined);
    }
    return token;
  });
  let renewed: Promise<Secret> | undefined;
  const renew = () => {
    renewed ??= openSession({ api, directory, sharedSecret });
    return renewed;
  };
  return async (call) => {
    const token = renewed === undefined ? await kept : undefined;
    if (token !== undefined) {
      const answer = await api({ ...call, token });
      if (answer.status !== 401) {
        return answer;
      }
    }
    return api({ ...call, token: await renew() });
  };
}

/**
 * The API as an admin in the stored session; `undefined` when there is none. For callers that must not open a
 * session.
 */
export async function inKeptSession({
  api,
  directory,
}: Omit<ToolSession, 'sharedSecret'>): Promise<Api | undefined> {
  const token = await keptToken(directory);
  return token && inSession(api, token);
}

function inSession(api: Api, token: Secret): Api {
  return (call) => api({ ...call, token });
}

/**
 * Ends every session of the tool account, and deletes the stored token.
 *
 * @returns whether a token was stored
 */
export async function endToolSession({
  api,
  directory,
}: Omit<ToolSession, 'sharedSecret'>): Promise<boolean> {
  const token = await keptToken(directory);
  if (token === undefined) {
    return false;
  }
  const answer = await api({ method: 'POST', path: '/_matrix/client/v3/logout/all', body: {}, token });
  // The homeserver does not know the token: the session has ended already.
  if (answer.status !== 401) {
    accepted(answer, 'end the session');
  }
  await rm(join(directory, secretPath(sessionFile)), { force: true });
  return true;
}

/** The token of the stored session; `undefined` when there is none. */
export async function keptToken(directory: string): Promise<Secret | undefined> {
  const text = await readIfExists(join(directory, secretPath(sessionFile)));
  return text === undefined ? undefined : new Secret(text);
}

async function openSession(session: ToolSession): Promise<Secret> {
  const token = new Secret(await newToken(session));
  try {
    await writeSecret(session.directory, sessionFile, token);
  } catch (error) {
    // Another run stored its own token at the same moment. Both tokens are valid.
    if (!isErrno(error, 'ENOENT')) {
      throw error;
    }
  }
  return token;
}

async function newToken({ api, directory, sharedSecret }: ToolSession): Promise<string> {
  const password = derivedPassword(sharedSecret);
  const user = {
    localpart: toolAccount,
    password,
    admin: true,
    displayName: ownDevice,
    type: toolAccountType,
  } as const;
  const session = await registerSession(api, sharedSecret, user, ownDevice);
  if (session !== undefined) {
    await forgetPasswordBefore(directory);
    return session.accessToken;
  }
  const token = await openAgain(api, [await passwordBefore(directory), password]);
  await renewToolPassword(inSession(api, new Secret(token)), directory, sharedSecret);
  return token;
}

/** @param passwords that the account may have, the likeliest first */
async function openAgain(api: Api, passwords: readonly (Secret | undefined)[]): Promise<string> {
  const [password, ...others] = passwords.filter((one) => one !== undefined);
  const answer = await logIn(api, toolAccount, password ?? new Secret(''));
  if (answer.status === 403 && others.length > 0) {
    return openAgain(api, others);
  }
  if (answer.status === 403) {
    throw new UserError(
      `the homeserver does not let matrix-deploy in as ${toolAccount}: ${answer.body.error}`,
      {
        code: 'matrix.tool-account',
        hint: `It is the account that matrix-deploy works with. If it was deactivated, locked or given a password, another admin has to undo that.`,
      },
    );
  }
  const token = String(accepted(answer, `let matrix-deploy in as ${toolAccount}`).access_token);
  await withdrawToolAccount(inSession(api, new Secret(token)));
  return token;
}
