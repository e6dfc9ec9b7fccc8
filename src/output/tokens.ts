import type { ListedToken } from '../administration/tokens.ts';
import type { RegistrationToken } from '../matrix/tokens.ts';
import type { OpenInvitation } from '../stack/invitation.ts';
import { describeTime } from './moments.ts';
import type { Style } from './style.ts';
import { alignColumns, withHeader } from './table.ts';
import { terminalWidth, wrapWords } from './wrap.ts';

/** A new token, for an admin to pass on, and how people register with it. */
export function describeNewToken(
  { token, uses, expiresAt }: RegistrationToken,
  { homeserver, registerLink, link }: OpenInvitation,
  style: Style,
): string[] {
  const rows = [
    ['  token', token],
    ['  homeserver', homeserver],
    ['  on a computer', registerLink],
    ['  on a phone', `${link}, once there is an account`],
  ];
  const end = expiresAt === undefined ? 'without an end' : `until ${describeTime(expiresAt)}`;
  return [
    style.bold(`The token is created: for ${describeUses(uses)}, ${end}.`),
    '',
    ...alignColumns(rows),
    '',
    ...wrapWords(
      'To register, open the page, choose Edit next to the server shown there, and enter the homeserver above, then a name, a password and the token.',
      terminalWidth,
    ),
  ];
}

/**
 * One line for each token.
 *
 * @param isOpen whether the homeserver accepts registrations
 */
export function describeTokens(tokens: readonly ListedToken[], isOpen: boolean, style: Style): string[] {
  const closed = isOpen
    ? []
    : [
        'Registration is closed, even with a token: synapse.registration is closed in matrix.yaml, or `matrix-deploy apply` has not run since the change.',
      ];
  if (tokens.length === 0) {
    return ['There are no tokens.', ...closed];
  }
  const rows = tokens.map(({ token, state, completed, pending, left, expiresAt }) => [
    token,
    state,
    String(completed),
    String(pending),
    left === undefined ? 'unlimited' : String(left),
    expiresAt === undefined ? 'never' : describeTime(expiresAt),
  ]);
  return [
    ...withHeader(['TOKEN', 'STATE', 'USED', 'PENDING', 'LEFT', 'EXPIRES'], rows, { style }),
    ...closed,
  ];
}

/** How many people can register with a token. */
export function describeUses(uses: RegistrationToken['uses']): string {
  return uses === 1 ? 'one person' : `${uses ?? 'any number of'} people`;
}
