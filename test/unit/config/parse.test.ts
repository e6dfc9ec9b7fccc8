import { describe, expect, test } from 'vitest';
import { components, registry } from '../../../src/components/components.ts';
import { publicConfigText } from '../../fakes/configurations.ts';
import { issuesOf as issuesOfParsing } from '../../fakes/issues.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const minimal = `version: 1
server_name: example.org
host: matrix.example.org
`;

/** What is wrong with a matrix.yaml. */
const issuesOf = (text: string) => issuesOfParsing(() => parseConfig(text));

test('the smallest file must be enough: everything else has a default', () => {
  expect(parseConfig(minimal)).toEqual({
    version: 1,
    server_name: 'example.org',
    host: 'matrix.example.org',
    postgres: { image: 'postgres:17', memory: '1g', cpus: null },
    synapse: {
      image: 'matrixdotorg/synapse:v1.163.2',
      memory: '2g',
      cpus: null,
      max_upload_size: '50M',
      presence: false,
      registration: 'closed',
      public_rooms: { over_federation: false, publishers: [] },
      guest_access: false,
      encrypt_new_rooms: 'private',
      url_previews: { enabled: false, never_fetch: [] },
      retention: { messages: null, local_media: null, remote_media: '90d' },
      federation: { allow: 'everybody' },
      invites: { from: 'everybody', known_servers: [] },
      backup_remote_media: false,
      log_level: 'INFO',
      overrides: {},
    },
    traefik: {
      image: 'traefik:v3.7.15',
      memory: '256m',
      cpus: null,
      hsts_seconds: null,
      edge: { kind: 'own' },
      certificates: {
        issuer: 'acme',
        directory: 'https://acme-v02.api.letsencrypt.org/directory',
        challenge: 'tls-alpn',
      },
      publish: { address: 'all', https: 443, http: 80, ipv6_network: false },
    },
    mail: { host: null, tls: 'starttls', notifications: true, notify_after: '10m' },
    backup: {
      targets: { local: { kind: 'local', path: 'backups' } },
      keep: { daily: 7, weekly: 4, monthly: 6 },
      max_age: '2d',
      max_drill_age: '90d',
      read_within: '30d',
      image: 'restic/restic:0.19.1',
    },
    [registry]: components,
  });
});

test('an error must say how many there are, that nothing was changed, and have its own exit code', () => {
  expect(() => parseConfig('version: 2')).toThrow(
    expect.objectContaining({
      message: 'matrix.yaml has 3 errors',
      code: 'config.invalid',
      exitCode: 3,
      hint: 'Fix matrix.yaml, then run the command again. Nothing was changed.',
    }),
  );
});

describe('a line that names file, line, setting and what is wrong', () => {
  test.each<[string, string, string | string[]]>([
    ['an empty file', '', ['1: version is missing', '1: server_name is missing', '1: host is missing']],
    ['a missing setting', 'version: 1\nserver_name: example.org\n', '1: host is missing'],
    ['a list', '[]', '1: the file must be a map, not a list'],
    ['a later version', minimal.replace('1', '2'), '1: version must be 1, not 2'],
    ['a misspelt section', `${minimal}sinapse: {}`, '4: sinapse is not a setting: did you mean synapse?'],
    [
      'a misspelt setting',
      `${minimal}traefik:\n  publish:\n    adress: "::"`,
      '6: traefik.publish.adress is not a setting: did you mean address?',
    ],
    ['a setting that resembles none', `${minimal}bridges: {}`, '4: bridges is not a setting'],
    [
      'a setting of another issuer',
      `${minimal}traefik: { certificates: { issuer: local, email: a@b.c } }`,
      '4: traefik.certificates.email is not a setting',
    ],
    ['a section that is no map', `${minimal}synapse: [a]`, '4: synapse must be a map, not a list'],
    // It may be a map with a mistake in it, and a secret.
    [
      'a section that is text',
      `${minimal}synapse:\n  password~ a secret`,
      '4: synapse must be a map, not text',
    ],
    ['an empty section', `${minimal}synapse:`, '4: synapse must be a map, not null'],
    ['a number for text', `${minimal}synapse: { memory: 3 }`, '4: synapse.memory must be text, not 3'],
    [
      'text for a switch',
      `${minimal}synapse: { presence: "yes" }`,
      '4: synapse.presence must be true or false, not "yes"',
    ],
    [
      'a word that is none of those',
      `${minimal}synapse: { log_level: LOUD }`,
      '4: synapse.log_level must be DEBUG or INFO or WARNING or ERROR, not "LOUD"',
    ],
    [
      'an issuer that there is not',
      `${minimal}traefik: { certificates: { issuer: acm } }`,
      '4: traefik.certificates.issuer must be local or files or acme',
    ],
    [
      'a port below 1',
      `${minimal}traefik: { publish: { https: 0 } }`,
      '4: traefik.publish.https must be at least 1',
    ],
    [
      'a port above the last',
      `${minimal}traefik: { publish: { https: 65536 } }`,
      '4: traefik.publish.https must be at most 65535',
    ],
    [
      'an address that is none',
      `${minimal}traefik: { publish: { address: here } }`,
      '4: traefik.publish.address must be all, or an IPv4 or IPv6 address',
    ],
    [
      'a directory without TLS',
      `${minimal}traefik: { certificates: { issuer: acme, directory: "http://ca.example" } }`,
      '4: traefik.certificates.directory must be a URL that begins with https://',
    ],
    [
      'an image without a tag',
      `${minimal}postgres: { image: postgres }`,
      '4: postgres.image must be an image with a tag, such as registry.example/name:1.0',
    ],
    [
      'two at once',
      `${minimal}postgres: { memory: 3 }\nfoo: 1`,
      ['4: postgres.memory must be text, not 3', '5: foo is not a setting'],
    ],
    ['a setting twice', `${minimal}host: a.example.org`, '4: host is there twice'],
    ['broken YAML', `${minimal}host2: "open`, '4: Missing closing "quote'],
    ['a tab', `${minimal}synapse:\n\tpresence: true`, '5: Tabs are not allowed as indentation'],
    [
      'an override of what is ours',
      `${minimal}synapse:\n  overrides:\n    server_name: other.org`,
      '6: synapse.overrides.server_name is set by matrix-deploy: set server_name at the top of matrix.yaml',
    ],
    [
      'a wrong value deep in an override',
      `${minimal}synapse:\n  overrides:\n    rc_login:\n      address:\n        per_second: abc`,
      '8: synapse.overrides.rc_login.address.per_second must be a number above 0, not "abc"',
    ],
  ])('must tell of %s', (_title, text, lines) => {
    expect(issuesOf(text)).toEqual([lines].flat().map((line) => `matrix.yaml:${line}`));
  });
});

test.each([
  'Example.org',
  'https://example.org',
  'example.org:8448',
  'exämple.org',
  '-a.org',
  'a..b',
  '',
  'a'.repeat(64),
])('%j must not be a server name', (name) => {
  const issue =
    'server_name must be a DNS name in lower case, without scheme, port or path, such as example.org';
  expect(issuesOf(minimal.replace(' example.org', ` "${name}"`))).toEqual([`matrix.yaml:2: ${issue}`]);
});

describe('rules that no single setting can check', () => {
  const aliasIssue = 'matrix.yaml: an alias has no anchor before it, contains itself, or stands for too much';
  test.each([
    ['anchor', 'foo: *nothing'],
    ['end', 'synapse: { overrides: { caches: &a { b: *a } } }'],
  ])('an alias must have an %s', (_title, line) => {
    expect(issuesOf(minimal + line)).toEqual([aliasIssue]);
  });

  test('a challenge over http must have its port', () => {
    const certificates = 'certificates: { issuer: acme, challenge: http }';
    expect(issuesOf(`${minimal}traefik: { ${certificates}, publish: { http: null } }`)).toEqual([
      'matrix.yaml:4: traefik.certificates.challenge is http, which needs a published port 80: set traefik.publish.http to 80, or the challenge to tls-alpn',
    ]);
    expect(issuesOf(`${minimal}traefik: { ${certificates} }`)).toEqual([]);
  });

  test('certificates and ports of our own must not be set where another proxy has them', () => {
    const behind = (more: string) => issuesOf(`${minimal}traefik: { edge: { kind: host-proxy }${more} }`);
    expect(behind('')).toEqual([]);
    expect(issuesOf(`${minimal}traefik: { edge: { kind: host-proxy } }\ndelegation: port-8448`)).toEqual([
      expect.stringContaining('delegation is port-8448, which does not go with traefik.edge.kind host-proxy'),
    ]);
    expect(behind(', publish: { https: 8443 }, certificates: { issuer: local }')).toEqual([
      expect.stringContaining('traefik.certificates does not go with traefik.edge.kind host-proxy'),
      expect.stringContaining('traefik.publish does not go with traefik.edge.kind host-proxy'),
    ]);
  });

  test('names that no CA issues certificates for must be refused, both at once', () => {
    const names = 'version: 1\nserver_name: localhost\nhost: matrix.localhost\n';
    expect(issuesOf(names).map((line) => line.slice(0, 60))).toEqual([
      'matrix.yaml:2: server_name is localhost, which no CA issues ',
      'matrix.yaml:3: host is matrix.localhost, which no CA issues ',
    ]);
    expect(issuesOf(`${names}traefik: { certificates: { issuer: local } }`)).toEqual([]);
  });
});

test('a valid file must have no issue', () => {
  expect(issuesOf(publicConfigText)).toEqual([]);
});
