import { expect, test } from 'vitest';
import type { GroupInvitation } from '../../../src/administration/invite.ts';
import { cardHtml, cardOfUser, cardText, withRecovery } from '../../../src/output/card.ts';
import { cardOfGroup, describeGroup } from '../../../src/output/invite.ts';
import { styleFor } from '../../../src/output/style.ts';
import { inviteAnybodyTo, inviteTo } from '../../../src/stack/invitation.ts';

const stack = {
  serverName: 'a.test',
  edge: { httpsPort: 443 },
  delegation: { clientUrl: 'https://matrix.a.test' },
};
const group: GroupInvitation = {
  ...inviteAnybodyTo(stack),
  serverName: 'a.test',
  space: { name: 'Rowing <b>', alias: '#rowing:a.test', roomId: '!s', owner: '@admin:a.test', created: true },
  owner: '@admin:a.test',
  rooms: [
    {
      name: 'Lobby',
      alias: '#lobby:a.test',
      roomId: '!r',
      result: 'made',
      encrypted: true,
      owner: '@eve:a.test',
    },
  ],
  token: {
    token: 'rowing-abcd',
    uses: 20,
    completed: 0,
    pending: 0,
    expiresAt: new Date('2026-12-31T00:00Z'),
  },
  tokenCreated: true,
  spaceLink: 'https://matrix.to/#/#rowing:a.test',
};

test('a card must fit on a terminal, but for links, and have a step for the recovery key', () => {
  for (const card of [cardOfUser(inviteTo(stack, 'bob')), cardOfGroup(group)]) {
    const lines = cardText(withRecovery(card));
    expect(lines.filter((line) => line.length > 80 && !line.includes('https://'))).toEqual([]);
    expect(lines.join('\n')).toMatch(/\n\d\. Get your recovery key, today\n/);
    expect(cardText(card).join('\n')).not.toContain('recovery key');
  }
});

test('the card of a group must say what each has to know', () => {
  const text = cardText(cardOfGroup(group)).join('\n');
  for (const fact of [
    'https://matrix.a.test',
    'rowing-abcd',
    '20 people',
    '2026-12-31 00:00 UTC',
    group.spaceLink,
  ]) {
    expect(text).toContain(fact);
  }
});

test('a page must need nothing from elsewhere, and take no name for markup', () => {
  const html = cardHtml(cardOfGroup(group), (text) => `<svg data-of="${text.length}"></svg>`);
  expect(html).toContain('Rowing &lt;b&gt;');
  expect(html).not.toContain('<b>');
  expect(html).not.toMatch(/<(?:script|link|img|iframe)|url\(|@import|src=/);
  expect(html.match(/<svg/g)).toHaveLength(2);
});

test('what was there must be told from what was made', () => {
  const style = styleFor({ write: () => undefined }, {});
  expect(describeGroup(group, style)[0]).toBe('The space #rowing:a.test is created, with 1 room.');
  const room = { ...group.rooms[0], result: 'there' } as GroupInvitation['rooms'][number];
  const again = { ...group, space: { ...group.space, created: false }, rooms: [room], tokenCreated: false };
  expect(describeGroup(again, style)).toEqual([
    'The space #rowing:a.test existed already. No changes: its rooms exist, too.',
    'Its owner, who has all rights in it, is @admin:a.test.',
    '',
    'ROOM           RESULT  ENCRYPTED  OWNER        NAME',
    '#lobby:a.test  there   yes        @eve:a.test  Lobby',
    '',
    'Give this to everybody in the group; the token is the same as before:',
    '',
  ]);
});
