import { BlockList, isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import { neverFetched } from '../../../src/components/synapse/never-fetched.ts';
import { options } from '../../../src/components/synapse/options.ts';
import { ownedOptions } from '../../../src/components/synapse/owned-options.ts';
import { policySettings, policyWarnings } from '../../../src/components/synapse/policy.ts';
import { retentionLosses } from '../../../src/components/synapse/retention-losses.ts';

const settingsOf = (synapse: object) => policySettings(options.parse(synapse), 'example.org');
const issuesOf = (synapse: object) =>
  options.safeParse(synapse).error?.issues.map(({ path }) => path.join('.')) ?? [];

test('what is said by nobody must be what is safe', () => {
  expect(settingsOf({})).toEqual({
    allow_public_rooms_over_federation: false,
    room_list_publication_rules: [{ user_id: '@matrix-deploy:example.org', action: 'allow' }],
    allow_guest_access: false,
    encryption_enabled_by_default_for_room_type: 'invite',
    media_retention: { remote_media_lifetime: '90d' },
  });
});

test.each([
  [
    { public_rooms: { publishers: ['alice'] } },
    {
      room_list_publication_rules: [
        { user_id: '@matrix-deploy:example.org', action: 'allow' },
        { user_id: '@alice:example.org', action: 'allow' },
      ],
    },
  ],
  [{ public_rooms: { publishers: 'everybody' } }, { room_list_publication_rules: [{ action: 'allow' }] }],
  [{ encrypt_new_rooms: 'none' }, { encryption_enabled_by_default_for_room_type: 'off' }],
  [{ federation: { allow: [] } }, { federation_domain_whitelist: [], trusted_key_servers: [] }],
  [
    { retention: { messages: '30d', local_media: null, remote_media: null } },
    {
      retention: {
        enabled: true,
        default_policy: { max_lifetime: '30d' },
        allowed_lifetime_min: '30d',
        allowed_lifetime_max: '30d',
        purge_jobs: [{ interval: '12h' }],
      },
      media_retention: {},
    },
  ],
  [
    { invites: { from: 'known-servers', known_servers: ['a.example:8448'] } },
    { modules: [{ module: 'known_servers.KnownServers', config: { servers: ['a.example:8448'] } }] },
  ],
])('%j must come to %j', (synapse, settings) => {
  expect(settingsOf(synapse)).toEqual(expect.objectContaining(settings));
});

test('keys must be asked of the notary where it is one of the servers', () => {
  expect(settingsOf({ federation: { allow: ['matrix.org'] } })).not.toHaveProperty('trusted_key_servers');
});

test('every option that the settings set must be refused among the overrides, but modules and notaries', () => {
  const all = {
    url_previews: { enabled: true },
    retention: { messages: '30d' },
    federation: { allow: [] },
    invites: { from: 'known-servers' },
  };
  const set = Object.keys(settingsOf(all)).filter((option) => !ownedOptions.has(option));
  expect(set).toEqual(['trusted_key_servers', 'modules']);
});

describe('must be refused:', () => {
  test.each<[object, string[]]>([
    [{ public_rooms: { publishers: ['@alice:example.org'] } }, ['public_rooms.publishers.0']],
    [{ public_rooms: { publishers: ['*'] } }, ['public_rooms.publishers.0']],
    [{ encrypt_new_rooms: false }, ['encrypt_new_rooms']],
    [{ url_previews: { never_fetch: ['10.0.0.0/33'] } }, ['url_previews.never_fetch.0']],
    [{ url_previews: { never_fetch: ['intranet.example'] } }, ['url_previews.never_fetch.0']],
    [{ retention: { messages: '30' } }, ['retention.messages']],
    [{ retention: { messages: 30 } }, ['retention.messages']],
    [{ retention: { messages: '0d' } }, ['retention.messages']],
    [{ retention: { local_media: '1h' } }, ['retention.local_media']],
    [{ federation: { allow: null } }, ['federation.allow']],
    [{ federation: { allow: 'nobody' } }, ['federation.allow']],
    [{ federation: { allow: ['https://example.org'] } }, ['federation.allow.0']],
    [{ federation: { allow: ['Example.org'] } }, ['federation.allow.0']],
    // Settings that contradict each other.
    [
      { public_rooms: { over_federation: true }, federation: { allow: [] } },
      ['public_rooms.over_federation'],
    ],
    [
      { federation: { allow: ['a.example'] }, invites: { known_servers: ['a.example', 'b.example'] } },
      ['invites.known_servers.1'],
    ],
    [
      { url_previews: { enabled: true }, overrides: { https_proxy: 'proxy.example' } },
      ['url_previews.enabled'],
    ],
    [{ invites: { from: 'known-servers' }, overrides: { modules: [] } }, ['overrides.modules']],
  ])('%j', (synapse, paths) => {
    expect(issuesOf(synapse)).toEqual(paths);
  });
});

test.each<[object, string[]]>([
  [{}, []],
  [{ retention: { messages: '30d', local_media: '60d' } }, []],
  [{ retention: { messages: '30d' } }, ['synapse.retention.messages']],
  [{ retention: { local_media: '30d' } }, ['synapse.retention.local_media']],
  [{ retention: { messages: '30d', local_media: '7d' } }, ['synapse.retention.local_media']],
  [{ invites: { known_servers: ['a.example'] } }, ['synapse.invites.known_servers']],
])('%j must be warned of at %j', (synapse, settings) => {
  expect(policyWarnings(options.parse(synapse), []).map(({ setting }) => setting)).toEqual(settings);
});

test.each([
  ['none', []],
  ['private', ['synapse.encrypt_new_rooms']],
  ['all', ['synapse.encrypt_new_rooms']],
])(
  'an application service that reads nothing encrypted must be warned of where %s new rooms are',
  (which, settings) => {
    const chosen = options.parse({ encrypt_new_rooms: which });
    const warnings = policyWarnings(chosen, [
      { component: 'irc' },
      { component: 'whatsapp', readsEncrypted: true },
    ]);
    expect(warnings.map(({ setting }) => setting)).toEqual(settings);
  },
);

describe('what a change has deleted', () => {
  const yaml = (synapse: object) => settingsOf({ retention: synapse });
  test.each<[object, object, string[]]>([
    [{}, {}, []],
    [{}, { messages: '30d' }, ['synapse.retention.messages']],
    [{ messages: '90d' }, { messages: '30d' }, ['synapse.retention.messages']],
    [{ messages: '30d' }, { messages: '90d' }, []],
    [{ messages: '30d' }, {}, []],
    [{}, { local_media: '365d' }, ['synapse.retention.local_media']],
    // It can be fetched again.
    [{}, { remote_media: '1d' }, []],
  ])('from %j to %j must be told before, of %j', (before, after, settings) => {
    expect(retentionLosses(yaml(before), yaml(after)).map(({ setting }) => setting)).toEqual(settings);
  });
});

describe('a preview must never be fetched from', () => {
  const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
  // Node takes an IPv4 address for its form in IPv6 too, which Synapse does not.
  const blocked = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const block of neverFetched) {
    const [address = '', bits] = block.split('/');
    blocked[familyOf(address)].addSubnet(address, Number(bits), familyOf(address));
  }
  const isBlocked = (address: string) => blocked[familyOf(address)].check(address, familyOf(address));

  test.each([
    ['this network', '0.0.0.0'],
    ['private networks, Docker among them', '10.1.2.3'],
    ['private networks, Docker among them', '172.17.0.1'],
    ['private networks, Docker among them', '192.168.1.1'],
    ['the host itself', '127.0.0.53'],
    ['the metadata service of a provider', '169.254.169.254'],
    ['the customers of a provider', '100.127.255.255'],
    ['multicast', '239.255.255.250'],
    ['broadcast', '255.255.255.255'],
    ['the host itself by IPv6', '::1'],
    ['nobody', '::'],
    ['an IPv4 address as an IPv6 one', '::ffff:127.0.0.1'],
    ['an IPv4 address by NAT64', '64:ff9b::a9fe:a9fe'],
    ['an IPv4 address by 6to4', '2002:7f00:1::'],
    ['private networks by IPv6', 'fd00::1'],
    ['the link', 'fe80::1'],
    ['multicast by IPv6', 'ff02::1'],
  ])('%s: %s', (_what, address) => {
    expect(isBlocked(address)).toBe(true);
  });

  test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'and may be from %s',
    (address) => {
      expect(isBlocked(address)).toBe(false);
    },
  );
});
