import { expect, test } from 'vitest';
import { parseGroup } from '../../../src/config/group-file.ts';
import { issuesOf } from '../../fakes/issues.ts';

const good = `name: "Rowing club"
alias: rowing
rooms:
  - name: Lobby
    alias: lobby
`;

test('a group is of this server unless it says otherwise', () => {
  expect(parseGroup(good, 'group.yaml')).toEqual({
    name: 'Rowing club',
    alias: 'rowing',
    open_to: 'this-server',
    rooms: [{ name: 'Lobby', alias: 'lobby' }],
  });
});

test.each([
  ['a key that there is not', `${good}colour: red\n`, /^group\.yaml:6: colour /],
  ['no rooms', 'name: A\nalias: a\nrooms: []\n', /^group\.yaml:3: rooms must have at least one room/],
  ['an alias with a server name', good.replace('rowing', '"#rowing:b.org"'), /^group\.yaml:2: alias must be/],
  [
    'an alias twice',
    good.replace('alias: lobby', 'alias: rowing'),
    /rooms\.0\.alias is rowing a second time/,
  ],
  ['a room without an alias', good.replace('    alias: lobby\n', ''), /rooms\.0\.alias /],
])('a group must be refused for %s, with the line', (_what, text, message) => {
  const [issue] = issuesOf(() => parseGroup(text, 'group.yaml'));
  expect(issue).toMatch(message);
});
