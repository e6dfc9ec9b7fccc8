import type { AddUserResult } from '../administration/add-user.ts';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';
import { qrCode } from './qr-code.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

/**
 * The data of a new user, for an admin to pass on, and how the user signs in.
 *
 * @param generated the generated password; `undefined` when the operator gave a password
 */
export async function describeNewUser(
  { created, admin, userId, homeserver, link }: AddUserResult,
  generated: Secret | undefined,
  terminal: Pick<Context, 'stdout' | 'environment'>,
  style: Style,
): Promise<string[]> {
  const rows = [
    ['  homeserver', homeserver],
    ['  user ID', userId],
    ...(generated === undefined ? [] : [['  password', `${generated.reveal()} (shown only once)`]]),
    ['  on a phone', link],
    ['  on a computer', 'https://app.element.io, with the homeserver above'],
  ];
  const made = `The ${admin ? 'admin' : 'user'} ${userId} is created.`;
  const code = await qrCode(link, terminal, style);
  return [
    style.bold(created ? made : `No changes: the user ${userId} exists already.`),
    '',
    ...alignColumns(rows),
    '',
    'The link opens Element, or where to get it, with everything filled in but the password.',
    ...(code === undefined ? [] : ['For the camera of a phone:', '', ...code]),
  ];
}
