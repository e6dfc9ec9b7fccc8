import type { GroupInvitation } from '../administration/invite.ts';
import type { Context } from '../context.ts';
import { printable } from '../printable.ts';
import { type Card, cardText, withRecovery } from './card.ts';
import { describeTime } from './moments.ts';
import { qrCode } from './qr-code.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';
import { describeUses } from './tokens.ts';

/** The result for the space and its rooms, for the operator. */
export function describeGroup({ space, rooms, tokenCreated }: GroupInvitation, style: Style): string[] {
  const fresh = rooms.filter(({ result }) => result !== 'there').length;
  const count = fresh === 1 ? '1 room' : `${fresh} rooms`;
  const extended = fresh === 0 ? 'No changes: its rooms exist, too' : `${count} added to it`;
  const headline = space.created
    ? `The space ${space.alias} is created, with ${count}.`
    : `The space ${space.alias} existed already. ${extended}.`;
  const rows = rooms.map(({ alias, name, result, encrypted, owner }) => [
    alias,
    result,
    encrypted ? 'yes' : 'no',
    owner,
    printable(name),
  ]);
  return [
    style.bold(headline),
    `Its owner, who has all rights in it, is ${space.owner}.`,
    '',
    ...withHeader(['ROOM', 'RESULT', 'ENCRYPTED', 'OWNER', 'NAME'], rows, { style }),
    '',
    tokenCreated
      ? 'Give this to everybody in the group:'
      : 'Give this to everybody in the group; the token is the same as before:',
    '',
  ];
}

/** The card for everybody in the group. */
export function cardOfGroup({
  space,
  serverName,
  homeserver,
  registerLink,
  link,
  spaceLink,
  token: { token, uses, expiresAt },
}: GroupInvitation): Card {
  const end = expiresAt === undefined ? '' : `, until ${describeTime(expiresAt)}`;
  const name = printable(space.name);
  return {
    title: `You are invited to ${name}, on the Matrix server ${serverName}.`,
    sections: [
      {
        heading: 'Create an account, on a computer',
        lines: [
          'Open the page, choose Edit next to the server shown there, and enter the server below, then a name, a password and the token.',
          { label: 'page', value: registerLink },
          { label: 'server', value: homeserver },
          { label: 'token', value: token },
          `The token is valid for ${describeUses(uses)}${end}. Give it to nobody else.`,
        ],
      },
      {
        heading: 'Sign in on your phone',
        lines: [
          'Open the link: it leads to the app Element X, with this server filled in. Sign in with the name and the password that you have chosen.',
          { label: 'link', value: link },
        ],
      },
      {
        heading: `Join ${name}`,
        lines: [
          'Open the link, continue with Element, and join. Its rooms are in it.',
          { label: 'link', value: spaceLink },
        ],
      },
    ],
    codes: [
      { caption: 'Element X on a phone', link },
      { caption: `Join ${name}`, link: spaceLink },
    ],
  };
}

/**
 * A card for the terminal, with QR codes if the terminal can show them.
 *
 * @param isWhole whether to add the section about the recovery key
 */
export async function describeInvitation(
  card: Card,
  terminal: Pick<Context, 'stdout' | 'environment'>,
  style: Style,
  isWhole: boolean,
): Promise<string[]> {
  const codes = await Promise.all(
    card.codes.map(async ({ caption, link }) => {
      const code = await qrCode(link, terminal, style);
      return code === undefined ? [] : ['', `${caption}:`, '', ...code];
    }),
  );
  return [...cardText(isWhole ? withRecovery(card) : card), ...codes.flat()];
}
