import { countIn } from '../config/count.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import {
  admitsRegistrations,
  createToken,
  deleteToken,
  listTokens,
  type NewRegistrationToken,
  type RegistrationToken,
} from '../matrix/tokens.ts';

/** Whether the homeserver accepts registrations with a token. */
export type TokenState = 'good' | 'used up' | 'expired';

/** All tokens, valid ones first, and whether the homeserver accepts registrations at all. */
export async function listRegistrationTokens({ api, admin }: Pick<Homeserver, 'api' | 'admin'>, now: Date) {
  const [tokens, isOpen] = await Promise.all([listTokens(admin), admitsRegistrations(api)]);
  const place = ({ state }: { state: TokenState }) => (state === 'good' ? 0 : 1);
  return {
    isOpen,
    tokens: tokens
      .map((token) => ({ ...token, state: stateOf(token, now), left: usesLeft(token) }))
      .sort((one, other) => place(one) - place(other) || (one.token < other.token ? -1 : 1)),
  };
}

export type ListedToken = Awaited<ReturnType<typeof listRegistrationTokens>>['tokens'][number];

/**
 * Creates a token with which users register.
 *
 * @throws UserError when nobody can register, or when the token exists already. Then nothing is changed.
 */
export async function createRegistrationToken(
  { api, admin, directory }: Pick<Homeserver, 'api' | 'admin' | 'directory'>,
  token: NewRegistrationToken,
): Promise<RegistrationToken> {
  await requireRegistration({ api, directory });
  const made = await createToken(admin, token);
  if (made === undefined) {
    throw new UserError(`there is a token ${token.token} already`, {
      code: 'token.exists',
      hint: 'Nothing was changed. See `matrix-deploy tokens list`.',
    });
  }
  return made;
}

/** @throws UserError when nobody can register, even with a token */
export async function requireRegistration({
  api,
  directory,
}: Pick<Homeserver, 'api' | 'directory'>): Promise<void> {
  if (!(await admitsRegistrations(api))) {
    throw new UserError('registration is closed, so a token has no effect', {
      code: 'token.closed',
      hint: `Nothing was changed. Have \`registration: token\` below \`synapse:\` in ${directory}/matrix.yaml, run \`matrix-deploy apply\`, then this again.`,
    });
  }
}

/**
 * Revokes a token. Accounts that were registered with it stay.
 *
 * @throws UserError when there is no such token.
 */
export async function revokeRegistrationToken(
  { admin }: Pick<Homeserver, 'admin'>,
  token: string,
): Promise<void> {
  if (!(await deleteToken(admin, token))) {
    throw new UserError(`there is no token ${token}`, {
      code: 'token.missing',
      hint: 'Nothing was changed. See `matrix-deploy tokens list`.',
    });
  }
}

function stateOf(token: RegistrationToken, now: Date): TokenState {
  if (token.expiresAt !== undefined && token.expiresAt <= now) {
    return 'expired';
  }
  return usesLeft(token) === 0 ? 'used up' : 'good';
}

/** How many more accounts can be registered with a token; any number when `undefined`. */
function usesLeft({ uses, completed, pending }: RegistrationToken): number | undefined {
  return uses === undefined ? undefined : Math.max(0, uses - completed - pending);
}

/**
 * Checks a token that the operator has chosen.
 *
 * @returns the token
 * @throws UsageError for a token that Synapse would refuse, or that cannot be a part of a URL path.
 */
export function checkToken(text: string): string {
  // A token is a part of URL paths, where a segment of dots only would be removed.
  if (!/^(?!\.+$)[A-Za-z0-9._~-]{1,64}$/.test(text)) {
    throw new UsageError(`${JSON.stringify(text)} is no token`, {
      code: 'usage.token',
      hint: 'A token is 1 to 64 letters, digits and . _ ~ -',
    });
  }
  return text;
}

/**
 * Parses how many accounts a token allows: a number from 1, or `unlimited`.
 *
 * @returns `undefined` for `unlimited`
 * @throws UsageError
 */
export function parseUses(text: string): number | undefined {
  if (text === 'unlimited') {
    return undefined;
  }
  const uses = countIn(text);
  if (uses === undefined) {
    throw new UsageError(`--uses must be a number such as 5, or unlimited, not ${JSON.stringify(text)}`, {
      code: 'usage.uses',
    });
  }
  return uses;
}

const unitMilliseconds: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Parses when a token expires: after some hours, days or weeks (`12h`, `7d`, `2w`), at the end of a day in UTC
 * (`2026-12-31`), or `never`.
 *
 * @returns `undefined` for a token that never expires
 * @throws UsageError, also for a time in the past.
 */
export function parseExpiry(text: string, now: Date): Date | undefined {
  if (text === 'never') {
    return undefined;
  }
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  const milliseconds = unitMilliseconds[unit];
  const time =
    milliseconds === undefined ? endOfDay(text) : new Date(now.getTime() + Number(count) * milliseconds);
  if (time === undefined) {
    throw new UsageError(
      `--expires must be a time such as 12h, 7d or 2w, a day such as 2026-12-31, or never, not ${JSON.stringify(text)}`,
      { code: 'usage.expires' },
    );
  }
  if (time <= now) {
    throw new UsageError(`--expires says ${text}, which is in the past`, { code: 'usage.expires' });
  }
  return time;
}

function endOfDay(text: string): Date | undefined {
  const end = new Date(`${text}T23:59:59.999Z`);
  // JavaScript reads the 31st of February as a day in March.
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(end.getTime());
  return isDay && end.toISOString().startsWith(text) ? end : undefined;
}
