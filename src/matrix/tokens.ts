import * as z from 'zod';
import { type Api, accepted, isRefusedWith } from './api.ts';

/** A token with which people register (Synapse's docs/usage/administration/admin_api/registration_tokens.md). */
export interface RegistrationToken {
  readonly token: string;
  /** How many accounts it allows; any number when `undefined`. */
  readonly uses: number | undefined;
  /** The number of accounts that were registered with it. */
  readonly completed: number;
  /** The number of registrations with it that are not complete yet. */
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

/** All tokens, including those that are used up or expired. Synapse returns them without pages. */
export async function listTokens(admin: Api): Promise<RegistrationToken[]> {
  const answer = await admin({ method: 'GET', path });
  return tokenList.parse(accepted(answer, 'list its tokens')).registration_tokens;
}

/**
 * Creates a token.
 *
 * @returns `undefined` when the token exists already; the existing one is not changed.
 */
export async function createToken(
  admin: Api,
  { token: text, uses, expiresAt }: NewRegistrationToken,
): Promise<RegistrationToken | undefined> {
  const body = { token: text, uses_allowed: uses ?? null, expiry_time: expiresAt?.getTime() ?? null };
  const answer = await admin({ method: 'POST', path: `${path}/new`, body });
  // Synapse uses this code for every problem with a new token.
  if (isRefusedWith(answer, 'M_INVALID_PARAM') && (await hasToken(admin, text))) {
    return undefined;
  }
  return token.parse(accepted(answer, 'create a token'));
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

/** Whether the running homeserver lets people register at all. */
export async function admitsRegistrations(api: Api): Promise<boolean> {
  // Any name will do: when registration is closed, Synapse refuses before it looks at the name.
  const answer = await api({ method: 'GET', path: '/_matrix/client/v3/register/available?username=x' });
  return !isRefusedWith(answer, 'M_FORBIDDEN');
}

function tokenPath(text: string): string {
  return `${path}/${encodeURIComponent(text)}`;
}
