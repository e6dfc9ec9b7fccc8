import * as z from 'zod';
import { type Api, accepted, isRefusedWith } from './api.ts';

/** What lets people make accounts for themselves (Synapse's docs/usage/administration/admin_api/registration_tokens.md). */
export interface RegistrationToken {
  readonly token: string;
  /** How many accounts it is good for; any number when `undefined`. */
  readonly uses: number | undefined;
  /** Accounts that were made with it. */
  readonly completed: number;
  /** Accounts that are being made with it right now. */
  readonly pending: number;
  /** Never expires when `undefined`. */
  readonly expiresAt: Date | undefined;
}

export type NewRegistrationToken = Pick<RegistrationToken, 'token' | 'uses' | 'expiresAt'>;

const token = z
  .object({
    token: z.string(),
    uses_allowed: z.number().nullable(),
    completed: z.number(),
    pending: z.number(),
    expiry_time: z.number().nullable(),
  })
  .transform(
    ({ uses_allowed, expiry_time, ...rest }): RegistrationToken => ({
      ...rest,
      uses: uses_allowed ?? undefined,
      expiresAt: expiry_time === null ? undefined : new Date(expiry_time),
    }),
  );

const tokenList = z.object({ registration_tokens: z.array(token) });

const path = '/_synapse/admin/v1/registration_tokens';

/** Every token that there is, also those that let nobody in any more. Synapse has no pages of them. */
export async function listTokens(admin: Api): Promise<RegistrationToken[]> {
  const answer = await admin({ method: 'GET', path });
  return tokenList.parse(accepted(answer, 'list its tokens')).registration_tokens;
}

/**
 * Makes a token.
 *
 * @returns `undefined` when there is such a token already; it stays as it is.
 */
export async function createToken(
  admin: Api,
  { token: text, uses, expiresAt }: NewRegistrationToken,
): Promise<RegistrationToken | undefined> {
  const body = { token: text, uses_allowed: uses ?? null, expiry_time: expiresAt?.getTime() ?? null };
  const answer = await admin({ method: 'POST', path: `${path}/new`, body });
  // The same word is for everything that Synapse does not like in a new token.
  if (isRefusedWith(answer, 'M_INVALID_PARAM') && (await hasToken(admin, text))) {
    return undefined;
  }
  return token.parse(accepted(answer, 'make a token'));
}

async function hasToken(admin: Api, text: string): Promise<boolean> {
  return (await admin({ method: 'GET', path: tokenPath(text) })).status === 200;
}

/** @returns whether there was such a token */
export async function deleteToken(admin: Api, text: string): Promise<boolean> {
  const answer = await admin({ method: 'DELETE', path: tokenPath(text) });
  if (isRefusedWith(answer, 'M_NOT_FOUND')) {
    return false;
  }
  accepted(answer, 'revoke a token');
  return true;
}

/** Does the homeserver, as it runs, let people make accounts at all? */
export async function admitsRegistrations(api: Api): Promise<boolean> {
  // Whatever the name is: where nobody may register, Synapse does not even look at it.
  const answer = await api({ method: 'GET', path: '/_matrix/client/v3/register/available?username=x' });
  return !isRefusedWith(answer, 'M_FORBIDDEN');
}

function tokenPath(text: string): string {
  return `${path}/${encodeURIComponent(text)}`;
}
