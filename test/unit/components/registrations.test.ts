import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { judgeRegistrations } from '../../../src/components/synapse/registrations.ts';

const good = {
  id: 'irc',
  url: 'http://10.0.0.7:9999',
  as_token: 'as',
  hs_token: 'hs',
  sender_localpart: '_irc',
  namespaces: { users: [{ exclusive: true, regex: '@_irc_.*' }], rooms: [] },
};
const context = {
  serverName: 'example.org',
  registrations: [
    {
      component: 'ours',
      id: 'ours',
      url: null,
      senderLocalpart: 'ours',
      users: [{ prefix: 'ours_', isExclusive: true }],
      isRateLimited: false,
    },
  ],
};
const judge = (...registrations: unknown[]) => {
  const files = registrations.map((one, index): [string, string] => [
    `${index}.yaml`,
    typeof one === 'string' ? one : stringify(one),
  ]);
  const named = files.map(([path]) => `/conf/extra/${path}`);
  return judgeRegistrations({ app_service_config_files: named }, new Map(files), context);
};
const without = (name: keyof typeof good) => ({ ...good, [name]: undefined });

describe('a registration', () => {
  test.each<[string, unknown]>([
    ['that is as it must be', good],
    ['that takes no events', { ...good, url: null }],
    ['with no namespaces in its map', { ...good, namespaces: {} }],
    ['with its sender in a directory', { ...good, sender_localpart: 'a/b~c' }],
  ])('%s must pass', (_, registration) => {
    expect(judge(registration)).toMatchObject({ issues: [], warnings: [] });
  });

  test.each<[string, unknown]>([
    ['that is no YAML', '{'],
    ['that is a list', [good]],
    ['that is empty', ''],
    ['without an ID', without('id')],
    ['with a number for a token', { ...good, hs_token: 12345 }],
    ['with a token that YAML 1.1 reads as true', stringify(without('as_token')).concat('as_token: yes\n')],
    ['without a URL', without('url')],
    ['with a list of URLs', { ...good, url: ['http://a'] }],
    ['with a sender that must be encoded', { ...good, sender_localpart: 'irc bot' }],
    ['without namespaces', without('namespaces')],
    ['with namespaces that are no list', { ...good, namespaces: { users: '@a:b' } }],
    [
      'with a namespace that does not say whether it is exclusive',
      { ...good, namespaces: { users: [{ regex: '@a' }] } },
    ],
  ])('%s must be refused, and its tokens not be shown', (_, registration) => {
    const { issues } = judge(registration);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatch(/^synapse\/extra\/0\.yaml: /);
    expect(issues[0]).not.toContain('12345');
  });

  test('with the ID or the token of another must be refused', () => {
    expect(judge(good, { ...good, as_token: 'other' }).issues).toEqual([
      'synapse/extra/1.yaml: id is that of synapse/extra/0.yaml, and each needs its own',
    ]);
    expect(judge(good, { ...good, id: 'other' }).issues).toHaveLength(1);
  });

  test.each(['', 'bridge:9999', 'htp://bridge', 'http://a b', 'http://localhost:9999', 'http://127.0.0.1'])(
    'whose URL is "%s" must be warned of: nothing would get there',
    (url) => {
      const { issues, warnings, reaches } = judge({ ...good, url });
      expect([issues, reaches]).toEqual([[], []]);
      expect(warnings).toMatchObject([{ setting: 'synapse/extra/0.yaml' }]);
    },
  );

  test.each([
    ['http://10.0.0.7:9999', [['10.0.0.7', 9999]]],
    ['https://bridge.example.org/path', [['bridge.example.org', 443]]],
    ['http://[2001:db8::1]', [['2001:db8::1', 80]]],
    // On a network of containers: this host cannot tell.
    ['http://bridge:9999', []],
  ])('at %s must be asked for', (url, places) => {
    expect(judge({ ...good, url }).reaches.map(({ host, port }) => [host, port])).toEqual(places);
  });
});

test('a file that no setting names must not be looked at', () => {
  expect(judgeRegistrations({}, new Map([['notes.txt', 'hello']]), context).issues).toEqual([]);
});

describe('a registration beside that of a component', () => {
  const withUsers = (regex: string, exclusive: boolean) => ({
    ...good,
    namespaces: { users: [{ regex, exclusive }] },
  });

  test.each<[string, unknown]>([
    ['with the same id', { ...good, id: 'ours' }],
    ['with the same users', withUsers('@ours_.*', true)],
    ['with some of its users', withUsers('@ours_a.*:example\\.org', true)],
    ['with all users of the server', withUsers('@.*:example\\.org', true)],
  ])('%s must be refused, and name both', (_case, registration) => {
    expect(judge(registration).issues).toEqual([
      expect.stringMatching(/synapse\/extra\/0\.yaml.* component ours/),
    ]);
  });

  test.each<[string, unknown]>([
    ['other users', good],
    ['users that it shares', withUsers('@.*:example\\.org', false)],
    ['what is a regular expression for Python only', withUsers('(?P<name>@a_.*)', true)],
  ])('with %s must be taken', (_case, registration) => {
    expect(judge(registration).issues).toEqual([]);
  });
});
