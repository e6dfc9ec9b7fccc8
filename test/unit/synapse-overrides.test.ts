import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { knownOptions } from '../../src/components/synapse/known-options.ts';
import { checkOverrides } from '../../src/components/synapse/overrides.ts';
import { retiredOptions } from '../../src/components/synapse/retired-options.ts';

const owned = new Map([
  ['server_name', 'set server_name at the top of matrix.yaml'],
  ['database', 'the database is the one of this deployment'],
  ['presence', 'set synapse.presence'],
  ['listeners', 'the proxy relies on them'],
  ['registration_shared_secret_path', 'the file in secrets/ is used'],
]);

/** The issues as an operator would read them, one a line. */
function issuesIn(yaml: string): string[] {
  return checkOverrides(parse(yaml), owned).map(({ path, message, hint }) =>
    [`${path.join('.')} ${message}`, hint ?? []].flat().join(': '),
  );
}

const secret = 'must not hold a secret, which plans, diffs and homeserver.yaml would show';
const unknown = 'is no option of Synapse 1.163.2, which would ignore it';

test.each([
  ['nothing', '{}'],
  ['a switch', 'enable_search: false'],
  ['a number of bytes', 'max_spider_size: 1024'],
  ['a size with a unit', 'max_image_pixels: 32M'],
  ['a duration with a unit', 'user_ips_max_age: 28d'],
  ['a duration in milliseconds', 'session_lifetime: 60000'],
  ['null for a duration, which Synapse takes for never', 'redaction_retention_period: null'],
  ['a room version as a number', 'default_room_version: 11'],
  ['a TLS version as text', 'federation_client_minimum_tls_version: "1.3"'],
  ['a rate limit at one level', 'rc_message: { per_second: 0.5, burst_count: 30 }'],
  [
    'a rate limit at two levels',
    'rc_login: { address: { per_second: 0.1 }, failed_attempts: { burst_count: 3 } }',
  ],
  ['a federation limit of zero', 'rc_federation: { window_size: 1000, sleep_delay: 0 }'],
  ['an experimental feature', 'experimental_features: { msc4222_enabled: true }'],
  ['a secret by the path of its file', 'turn_shared_secret_path: /conf/extra/turn'],
  ['a secret by its name', 'turn_shared_secret: { from_secret: turn }'],
  ['a secret by its name in a list', 'oidc_providers: [{ idp_id: a, client_secret: { from_secret: oidc } }]'],
  [
    'a secret by its name where nobody would look for one',
    'modules: [{ module: m, config: { base: { from_secret: b } } }]',
  ],
  ['files of an operator', 'templates: { custom_template_directory: /conf/extra/templates }'],
  [
    'a directory for Synapse to write to',
    'media_storage_providers: [{ config: { directory: /data/backup } }]',
  ],
  ['a file of the image', 'federation_custom_ca_list: [/etc/ssl/certs/ca.pem]'],
  ['an empty secret', 'redis: { enabled: true, password: "" }'],
  ['a name that ends like a secret and is none', 'registration_requires_token: true'],
  ['a cache named after a secret', 'caches: { per_cache_factors: { get_user_by_access_token: 2 } }'],
  [
    'a public key where another algorithm has a secret',
    'jwt_config: { algorithm: RS256, secret: "-----BEGIN PUBLIC KEY-----\\nMIIB" }',
  ],
  ['a switch that is a word', 'password_config: { enabled: only_for_reauth }'],
  ['configuration of a module', 'modules: [{ module: a.Module, config: { anything: [1, { a: b }] } }]'],
  ['a module without configuration', 'modules: [{ module: a.Module, config: null }]'],
  [
    'retention as it is documented',
    'retention: { enabled: true, default_policy: { min_lifetime: 1d, max_lifetime: 1y }, purge_jobs: [{ longest_max_lifetime: 3d, interval: 12h }] }',
  ],
  ['a proxy without a password', 'http_proxy: http://proxy.example:3128'],
])('%s is accepted', (_case, yaml) => {
  expect(issuesIn(yaml)).toEqual([]);
});

test.each([
  ['a typo', 'enable_serch: true', `enable_serch ${unknown}: did you mean enable_search?`],
  ['an unknown option', 'colour: red', `colour ${unknown}: leave it out`],
  ['a name of JavaScript', 'constructor: 1', `constructor ${unknown}: leave it out`],
  [
    'an option that is ours',
    'server_name: evil.example',
    'server_name is set by matrix-deploy: set server_name at the top of matrix.yaml',
  ],
  [
    'a database password',
    'database: { args: { password: hunter2 } }',
    'database is set by matrix-deploy: the database is the one of this deployment',
  ],
  [
    'another set of databases',
    'databases: {}',
    'databases is the connection of this deployment, whose password stands in no rendered file: leave it out',
  ],
  [
    'a log config',
    'log_config: /conf/mine.yaml',
    'log_config would bring in a log config, which the check before a restart does not read: leave it out',
  ],
  [
    'a process in the background',
    'daemonize: true',
    'daemonize would end the container, whose first process must stay in the foreground: leave it out',
  ],
  [
    'a worker',
    'worker_app: synapse.app.generic_worker',
    'worker_app is for a worker process, and this homeserver is a single process: leave it out',
  ],
])('%s is refused', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test.each([
  ['renamed', 'oidc_config: {}', 'oidc_config is a name that Synapse has retired: use oidc_providers'],
  [
    'moved into ours',
    'use_presence: true',
    'use_presence is a name that Synapse has retired: set synapse.presence',
  ],
  [
    'dropped',
    'invite_3pid_guest: true',
    'invite_3pid_guest is an option that Synapse has dropped: leave it out',
  ],
  [
    'moved within a map',
    'caches: { expiry_time: 30m }',
    'caches.expiry_time is a name that Synapse has retired: use caches.cache_entry_ttl',
  ],
  [
    'replaced, with a secret in it',
    'experimental_features: { msc3861: { client_secret: hunter2 } }',
    'experimental_features.msc3861 is a name that Synapse has retired: use matrix_authentication_service',
  ],
  [
    'documented but not read',
    'allow_underscore_prefixed_registration: true',
    'allow_underscore_prefixed_registration is a name that Synapse has retired: use allow_underscore_prefixed_localpart',
  ],
])('an option that Synapse has %s is refused', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

/** What to do about a secret that stands in matrix.yaml. */
function advice(option: string, name = option): string {
  return `run \`matrix-deploy secrets set ${name}\`, then write ${option}: { from_secret: ${name} }`;
}

test.each([
  ['with a file of ours', 'registration_shared_secret: hunter2', 'the file in secrets/ is used'],
  ['with a file', 'form_secret: hunter2', advice('form_secret')],
  ['that is a number', 'turn_shared_secret: 12345', advice('turn_shared_secret')],
  ['in a map', 'redis: { password: hunter2 }', advice('password', 'redis_password')],
  [
    'in a list',
    'oidc_providers: [{ idp_id: a }, { client_secret: hunter2 }]',
    advice('client_secret', 'oidc_providers_2_client_secret'),
  ],
  [
    'with a file of another name',
    'oidc_providers: [{ client_secret_jwt_key: { key: hunter2 } }]',
    advice('key', 'oidc_providers_client_secret_jwt_key_key'),
  ],
  ['without a file', 'email: { smtp_pass: hunter2 }', advice('smtp_pass')],
  [
    'of a module',
    'modules: [{ module: some.Module, config: { bind: { password: hunter2 } } }]',
    advice('password', 'modules_config_bind_password'),
  ],
  [
    'of a storage provider',
    'media_storage_providers: [{ config: { secret_access_key: hunter2 } }]',
    advice('secret_access_key', 'media_storage_providers_config_secret_access_key'),
  ],
  ['in a URL', 'https_proxy: http://me:hunter2@proxy.example', advice('https_proxy')],
])('a secret %s is refused and not shown', (_case, yaml, hint) => {
  const issues = issuesIn(yaml);
  expect(issues).toEqual([expect.stringMatching(new RegExp(`^[a-z0-9_.]+ ${secret}: `))]);
  expect(issues[0]?.endsWith(`: ${hint}`)).toBe(true);
  expect(issues[0]).not.toMatch(/hunter2|12345/);
});

test.each([
  ['enable_search: "yes"', 'enable_search must be true or false, not "yes"'],
  ['enable_search: null', 'enable_search must be true or false, not null'],
  ['bcrypt_rounds: 12.5', 'bcrypt_rounds must be a whole number, not 12.5'],
  ['admin_contact: []', 'admin_contact must be text, not a list'],
  ['default_room_version: {}', 'default_room_version must be text or a number, not a map'],
  ['auto_join_rooms: "#a:example.org"', 'auto_join_rooms must be a list, not text'],
  ['experimental_features:', 'experimental_features must be a map, not null'],
  ['caches: 2', 'caches must be a map, not 2'],
  [
    'session_lifetime: 2 hours',
    'session_lifetime must be a duration such as 30s, 5m, 2h, 7d, 4w or 1y, or a whole number of milliseconds, not "2 hours"',
  ],
  [
    'max_spider_size: 10MiB',
    'max_spider_size must be a size such as 512K, 50M or 2G, or a whole number of bytes, not "10MiB"',
  ],
])('a value of the wrong type is refused: %s', (yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test.each([
  [
    'text',
    'rc_login: { address: { per_second: abc } }',
    'rc_login.address.per_second must be a number above 0, not "abc"',
  ],
  [
    'a number as text',
    'rc_message: { burst_count: "10" }',
    'rc_message.burst_count must be a number above 0, not "10"',
  ],
  ['zero', 'rc_message: { per_second: 0 }', 'rc_message.per_second must be a number above 0, not 0'],
  [
    'below zero',
    'rc_federation: { sleep_limit: -1 }',
    'rc_federation.sleep_limit must be a number, 0 or more, not -1',
  ],
  [
    'infinite',
    'rc_message: { per_second: .inf }',
    'rc_message.per_second must be a number above 0, not Infinity',
  ],
  [
    'not a number',
    'rc_message: { per_second: .nan }',
    'rc_message.per_second must be a number above 0, not NaN',
  ],
  [
    'null',
    'rc_joins: { local: { burst_count: } }',
    'rc_joins.local.burst_count must be a number above 0, not null',
  ],
  ['a number for a map', 'rc_message: 5', 'rc_message must be a map, not 5'],
  ['null for a map', 'rc_login: { account: }', 'rc_login.account must be a map, not null'],
  [
    'a typo',
    'rc_login: { adress: {} }',
    'rc_login.adress is not an option that Synapse knows here: did you mean address?',
  ],
  [
    'a level too few',
    'rc_joins: { per_second: 1 }',
    'rc_joins.per_second is not an option that Synapse knows here: it looks for local, remote',
  ],
])('a rate limit that is %s is refused', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test.each([
  [
    'with more in it',
    'turn_shared_secret: { from_secret: turn, default: x }',
    'turn_shared_secret must name a secret and nothing else: write { from_secret: turn_shared_secret }; a name has letters, digits, _ and -, beginning with a letter or digit, at most 64',
  ],
  [
    'by what can be no name',
    'email: { smtp_pass: { from_secret: ../signing.key } }',
    'email.smtp_pass must name a secret and nothing else: write { from_secret: smtp_pass }; a name has letters, digits, _ and -, beginning with a letter or digit, at most 64',
  ],
  [
    'in place of one of ours',
    'registration_shared_secret: { from_secret: mine }',
    'registration_shared_secret is set by matrix-deploy: the file in secrets/ is used',
  ],
  [
    'where a switch is needed',
    'enable_search: { from_secret: mine }',
    'enable_search must be true or false, not "{ from_secret: mine }"',
  ],
])('a secret named %s is refused', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test.each([
  [
    'where Synapse writes',
    'templates: { custom_template_directory: /data/templates }',
    'templates.custom_template_directory is in a directory that is not for your own files: Synapse would not find it there: put it into synapse/extra, and write /conf/extra/templates',
  ],
  [
    'beside the rendered files',
    'app_service_config_files: [/conf/bridge.yaml]',
    'app_service_config_files.0 is in a directory that is not for your own files: Synapse would not find it there: put it into synapse/extra, and write /conf/extra/bridge.yaml',
  ],
  [
    'as the host sees it',
    'user_consent: { template_dir: /opt/matrix/synapse/extra/consent }',
    'user_consent.template_dir is a path of this host, which Synapse does not see: write /conf/extra/consent',
  ],
])('a file named %s is refused', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test.each([
  ['a switch inside a map', 'retention: { enabled: 1 }', 'retention.enabled must be true or false, not 1'],
  [
    'an item of a list inside a map',
    'retention: { purge_jobs: [{ interval: 1d }, { interval: soon }] }',
    'retention.purge_jobs.1.interval must be a duration such as 30s, 5m, 2h, 7d, 4w or 1y, or a whole number of milliseconds, not "soon"',
  ],
  [
    'a part under any name',
    'caches: { per_cache_factors: { get_users: "2" } }',
    'caches.per_cache_factors.get_users must be a number, 0 or more, not "2"',
  ],
  [
    'a feature that is not known',
    'experimental_features: { msc9999_enabled: "off" }',
    'experimental_features.msc9999_enabled must be true or false, not "off"',
  ],
  ['an item that is no map', 'modules: [a.Module]', 'modules.0 must be a map, not text'],
  ['an item that is no text', 'auto_join_rooms: [1]', 'auto_join_rooms.0 must be text, not 1'],
  [
    'a switch that knows a third word',
    'password_config: { enabled: "off" }',
    'password_config.enabled must be true, false or only_for_reauth, not "off"',
  ],
  [
    'a typo',
    'password_config: { policy: { enable: true } }',
    'password_config.policy.enable is not an option that Synapse knows here: did you mean enabled?',
  ],
])('what Synapse documents inside an option is refused where it is wrong: %s', (_case, yaml, issue) => {
  expect(issuesIn(yaml)).toEqual([issue]);
});

test('all issues are found at once, in document order', () => {
  const issues = issuesIn(`
    rc_message: { per_second: abc, burst_count: -1 }
    enable_search: 1
    colour: red
    email:
      smtp_pass: hunter2
      riot_base_url: https://example.org
    server_name: evil.example
  `);
  expect(issues.map((issue) => issue.split(' ', 1)[0])).toEqual([
    'rc_message.per_second',
    'rc_message.burst_count',
    'enable_search',
    'colour',
    'email.smtp_pass',
    'email.riot_base_url',
    'server_name',
  ]);
});

test('no name is both known and retired, and every successor is known', () => {
  expect([...retiredOptions.keys()].filter((name) => knownOptions.has(name))).toEqual([]);
  const successors = [...retiredOptions.values()].flatMap((name) => name?.split('.', 1) ?? []);
  expect(successors.filter((name) => !knownOptions.has(name))).toEqual([]);
});
