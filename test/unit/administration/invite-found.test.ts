import { expect, test } from 'vitest';
import { type FoundRoom, refuseOthers } from '../../../src/administration/invite-found.ts';
import type { Group } from '../../../src/config/group-file.ts';
import type { Api, ApiAnswer } from '../../../src/matrix/api.ts';
import { admissionOf } from '../../../src/matrix/spaces.ts';

const group: Group = {
  name: 'Rowing',
  alias: 'rowing',
  open_to: 'this-server',
  rooms: [{ name: 'Lobby', alias: 'lobby' }],
};
const open = { rule: 'public', membersOf: [] };
const space: FoundRoom = {
  roomId: '!space',
  name: 'Rowing',
  creator: '@admin:a.test',
  type: 'm.space',
  federatable: false,
  encrypted: false,
  admission: open,
};
const room: FoundRoom = { ...space, roomId: '!room', name: 'Lobby', type: '' };
const restrictedTo = (...membersOf: string[]) => ({ rule: 'restricted', membersOf });
const standards = { serverName: 'a.test', creators: new Set(['@admin:a.test', '@other-admin:a.test']) };

/** What is wrong with what the aliases lead to. */
function problems(
  found: { space?: FoundRoom; room?: FoundRoom },
  changes: Partial<Group> = {},
): { details?: readonly string[]; hint?: string } {
  try {
    refuseOthers({ ...group, ...changes }, { space: found.space, rooms: [found.room] }, standards);
    return {};
  } catch (error) {
    return error as { details: readonly string[]; hint: string };
  }
}

test.each<[string, Parameters<typeof problems>[0]]>([
  ['nothing', {}],
  ['the space', { space }],
  ['a space and a room of several admins', { space, room: { ...room, creator: '@other-admin:a.test' } }],
  ['a public room', { room }],
  ['a room for those in the space', { space, room: { ...room, admission: restrictedTo('!x', '!space') } }],
])('%s must be taken', (_title, found) => {
  expect(problems(found)).toEqual({});
});

test.each<[Parameters<typeof problems>[0], string]>([
  [{ space: { ...space, creator: '@mallory:a.test' } }, '#rowing:a.test was created by @mallory:a.test,'],
  [{ space, room: { ...room, creator: '@eve:far.test' } }, '#lobby:a.test was created by @eve:far.test,'],
  [{ room: { ...room, creator: '' } }, '#lobby:a.test was created by an unknown user'],
])('what somebody else made must be refused, with the way to take it: %o', (found, text) => {
  const { details, hint } = problems(found);
  expect(details).toEqual([expect.stringContaining(text)]);
  expect(hint).toContain('or name its creator with --owner');
});

test.each<[string, Parameters<typeof problems>[0], string]>([
  ['a room for a space', { space: { ...space, type: '' } }, '#rowing:a.test is a room, and no space'],
  ['a space for a room', { room: { ...room, type: 'm.space' } }, '#lobby:a.test is a space, and no room'],
  [
    'a space for the invited only',
    { space: { ...space, admission: { rule: 'invite', membersOf: [] } } },
    'its join rule is invite',
  ],
  [
    'a space for members of another',
    { space: { ...space, admission: restrictedTo('!x') } },
    'its join rule is restricted',
  ],
  [
    'a room for the invited only',
    { space, room: { ...room, admission: { rule: 'invite', membersOf: ['!space'] } } },
    'may not join',
  ],
  [
    'a room for members of another space',
    { space, room: { ...room, admission: restrictedTo('!x') } },
    'may not join',
  ],
  ['such a room without a space yet', { room: { ...room, admission: restrictedTo('!x') } }, 'may not join'],
])('%s must be refused', (_title, found, text) => {
  const { details, hint } = problems(found);
  expect(details).toEqual([expect.stringContaining(text)]);
  expect(hint).not.toContain('--owner');
});

test('what is closed to other servers must be refused where the file is for them', () => {
  const { details } = problems({ space, room }, { open_to: 'every-server' });
  expect(details).toHaveLength(2);
  expect(problems({ space: { ...space, federatable: true } }, { open_to: 'every-server' })).toEqual({});
});

test.each<[object[], { rule: string; membersOf: string[] }]>([
  [[], { rule: 'invite', membersOf: [] }],
  [
    [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'public' } }],
    { rule: 'public', membersOf: [] },
  ],
  [
    [
      {
        type: 'm.room.join_rules',
        state_key: '',
        content: {
          join_rule: 'restricted',
          allow: [{ type: 'm.room_membership', room_id: '!a' }, { type: 'other', room_id: '!b' }, 7],
        },
      },
    ],
    { rule: 'restricted', membersOf: ['!a'] },
  ],
])('who may join must be read from the state: %j', async (state, admission) => {
  const paths: string[] = [];
  const admin: Api = async ({ path }): Promise<ApiAnswer> => {
    paths.push(path);
    return { status: 200, body: { state } };
  };
  expect(await admissionOf(admin, '!r:a')).toEqual(admission);
  expect(paths).toEqual(['/_synapse/admin/v1/rooms/!r%3Aa/state?type=m.room.join_rules']);
});
