import { describe, expect, test } from 'vitest';
import { serverSettings } from '../../../src/components/postgres/settings.ts';
import { memoryIssues } from '../../../src/components/synapse/memory.ts';
import { options } from '../../../src/components/synapse/options.ts';
import { overrideWarnings, reachesOf } from '../../../src/components/synapse/warnings.ts';
import { openTemplate } from '../../../src/render/template.ts';

const given = (overrides: object, different = {}) => ({
  ...options.parse({}),
  ...different,
  overrides: overrides as never,
});
const warned = (overrides: object, different = {}) =>
  overrideWarnings(given(overrides, different)).map(({ setting }) =>
    setting.replace('synapse.overrides.', ''),
  );

describe('what Synapse takes without a word', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ redis: { enabled: true } }, ['redis.enabled']],
    [{ redis: { enabled: false } }, []],
    [{ federation_sender_instances: ['sender1'] }, ['federation_sender_instances']],
    [{ federation_sender_instances: [] }, []],
    [
      { run_background_tasks_on: 'worker1', pusher_instances: ['p'] },
      ['pusher_instances', 'run_background_tasks_on'],
    ],
    [{ email: { notif_from: 'x' } }, ['email']],
    [{ email: { smtp_host: 'mail.example.org', smtp_pass: { from_secret: 'smtp' } } }, []],
    [{ email: { smtp_host: 'localhost' } }, ['email.smtp_host']],
    [{ registrations_require_3pid: ['email'] }, ['registrations_require_3pid']],
    [{ enable_media_repo: false }, ['enable_media_repo']],
    [{ max_avatar_size: '60M' }, ['max_avatar_size']],
    [{ remote_media_download_burst_count: '10M' }, ['remote_media_download_burst_count']],
    [{ enable_metrics: true }, ['enable_metrics']],
    [{ oidc_providers: [{ issuer: 'http://127.0.0.1:9000/' }] }, ['oidc_providers[0].issuer']],
    [
      { matrix_authentication_service: { enabled: true, endpoint: 'http://auth.localhost:8080' } },
      ['matrix_authentication_service.endpoint'],
    ],
    [{ recaptcha_siteverify_api: 'http://0.0.0.0/verify' }, ['recaptcha_siteverify_api']],
  ])('%j must be warned of', (overrides, settings) => {
    expect(warned(overrides)).toEqual(settings);
  });

  test('must be warned of where it follows from another setting', () => {
    const burst = (size: string) => ({ remote_media_download_burst_count: size });
    expect(warned(burst('500M'), { max_upload_size: '600M' })).toEqual(['remote_media_download_burst_count']);
    expect(warned(burst('1G'), { max_upload_size: '600M' })).toEqual([]);
  });
});

test('every place that overrides name must be looked at, and secrets be left alone', () => {
  const places = reachesOf(
    given({
      email: { smtp_host: 'mail.example.org', smtp_port: 587 },
      turn_uris: [
        'turn:turn.example.org:3478?transport=udp',
        'turns:[2001:db8::1]:5349',
        { from_secret: 'x' },
      ],
      oidc_providers: [{ issuer: 'https://id.example.org/realm' }, { issuer: { from_secret: 'y' } }],
      cas_config: { server_url: 'http://cas.example.org' },
      matrix_authentication_service: { enabled: true, endpoint: 'https://auth.example.org/' },
      saml2_config: { sp_config: { metadata: { remote: [{ url: 'https://saml.example.org/metadata' }] } } },
      recaptcha_siteverify_api: 'https://captcha.example.org/verify',
    }),
  );
  expect(places.map(({ host, port }) => [host, port])).toEqual([
    ['mail.example.org', 587],
    ['turn.example.org', undefined],
    ['2001:db8::1', undefined],
    ['id.example.org', 443],
    ['cas.example.org', 80],
    ['auth.example.org', 443],
    ['saml.example.org', 443],
    ['captcha.example.org', 443],
  ]);
});

test('a provider without discovery must be reached at the places that it is used at', () => {
  const provider = {
    issuer: 'https://id.example.org',
    discover: false,
    authorization_endpoint: 'https://browser.example.org/authorize',
    token_endpoint: 'https://token.example.org/token',
    userinfo_endpoint: 'https://user.example.org/user',
    jwks_uri: 'https://keys.example.org/keys',
  };
  expect(
    reachesOf(given({ oidc_providers: [provider] })).map(({ setting, host }) => [setting, host]),
  ).toEqual([
    ['synapse.overrides.oidc_providers[0].token_endpoint', 'token.example.org'],
    ['synapse.overrides.oidc_providers[0].userinfo_endpoint', 'user.example.org'],
    ['synapse.overrides.oidc_providers[0].jwks_uri', 'keys.example.org'],
  ]);
});

test.each([
  { matrix_authentication_service: { enabled: false, endpoint: 'https://auth.example.org/' } },
  {
    saml2_config: {
      enabled: false,
      sp_config: { metadata: { remote: [{ url: 'https://saml.example.org' }] } },
    },
  },
  { cas_config: { enabled: false, server_url: 'https://cas.example.org' } },
])('a place of a part that is switched off must not be looked at: %j', (overrides) => {
  expect(reachesOf(given(overrides))).toEqual([]);
});

describe('memory that the container does not have', () => {
  const autotuning = (size: string) => ({ caches: { cache_autotuning: { max_cache_memory_usage: size } } });
  test.each<[string, object, number]>([
    ['2g', autotuning('1G'), 0],
    ['1g', autotuning('1G'), 1],
    ['2g', { max_image_pixels: '32M' }, 0],
    ['2g', { max_image_pixels: '512M' }, 1],
    ['512m', { max_image_pixels: { from_secret: 'x' } }, 0],
    ['2g', { caches: { global_factor: 10 } }, 0],
    ['2g', { event_cache_size: '1M', caches: { global_factor: 1 } }, 1],
    ['512m', { event_cache_size: '100K', caches: { global_factor: 10 } }, 1],
  ])('with %s, %j must give %i issues', (memory, overrides, count) => {
    expect(memoryIssues({ memory, overrides: { ...overrides } })).toHaveLength(count);
  });
});

test.each([
  ['128m', '16MB', '64MB', '8MB'],
  ['1g', '128MB', '512MB', '64MB'],
  ['4g', '512MB', '2048MB', '256MB'],
])('Postgres with %s must share %s, count on %s, and clean up with %s', (memory, shared, cached, work) => {
  expect(serverSettings(memory)).toMatchObject({
    shared_buffers: shared,
    effective_cache_size: cached,
    maintenance_work_mem: work,
  });
});

test('Postgres must have room for all connections that Synapse opens, and for as many of others', () => {
  const { args } = openTemplate('synapse/homeserver.yaml').toJS().database;
  expect(Number(serverSettings('1g').max_connections)).toBeGreaterThanOrEqual(2 * args.cp_max);
});
