import { expect, test } from 'vitest';
import { challengeSupport } from '../../../src/components/traefik/dns-challenge.ts';
import { options } from '../../../src/components/traefik/options.ts';

const update = {
  by: 'update',
  server: 'ns1.example.org',
  key: 'updates',
  secret: { from_secret: 'dns_update' },
} as const;
const parsed = (certificates: object) =>
  options
    .safeParse({ certificates: { issuer: 'acme', ...certificates } })
    .error?.issues.map(({ path }) => path.join('.'));

test.each<[object, string[] | undefined]>([
  [{ challenge: 'dns', dns: update }, undefined],
  [{ challenge: 'dns' }, ['certificates.dns']],
  [{ challenge: 'http', dns: update }, ['certificates.challenge']],
  [{ challenge: 'dns', dns: { ...update, secret: 'in the open' } }, ['certificates.dns.secret']],
  [{ challenge: 'dns', dns: { ...update, server: 'localhost' } }, ['certificates.dns.server']],
  [{ challenge: 'dns', dns: { ...update, server: '127.0.0.1:53' } }, ['certificates.dns.server']],
  [{ challenge: 'dns', dns: { ...update, server: 'https://ns1' } }, ['certificates.dns.server']],
  [{ challenge: 'dns', dns: { ...update, server: '[2001:db8::53]:5353' } }, undefined],
  [{ challenge: 'dns', dns: { ...update, algorithm: 'hmac-md5' } }, ['certificates.dns.algorithm']],
  [{ challenge: 'dns', dns: { by: 'program', program: '../../bin/sh' } }, ['certificates.dns.program']],
])('%j must be refused at %j', (certificates, expected) => {
  expect(parsed(certificates)).toEqual(expected);
});

test.each<[Record<string, unknown>, string | undefined]>([
  [{ API: 'https://api.example.net', ZONE_ID: '1', TOKEN: { from_secret: 'dns_token' } }, undefined],
  [{ API_TOKEN: 'abc' }, 'API_TOKEN'],
  [{ API_TOKEN: 123 }, 'API_TOKEN'],
  [{ APIKEY: 'abc' }, 'APIKEY'],
  [{ AWS_SECRET_ACCESS_KEY: 'abc' }, 'AWS_SECRET_ACCESS_KEY'],
  [{ API: 'https://me:abc@api.example.net' }, 'API'],
])(
  'of the variables %j, the one with a secret must be refused, and not be shown: %s',
  (environment, name) => {
    const dns = { by: 'program', program: 'set-record', environment };
    const { error } = options.safeParse({ certificates: { issuer: 'acme', challenge: 'dns', dns } });
    expect(error?.issues.map(({ path }) => path.at(-1))).toEqual(name === undefined ? undefined : [name]);
    expect(JSON.stringify(error?.issues ?? [])).not.toMatch(/abc|123/);
  },
);

test.each<[string, string, boolean]>([
  ['zone', 'public', true],
  ['traefik.http.middlewares.slow.ratelimit.average', '100', true],
  ['traefik.http.middlewares.ask.basicauth.users', 'me:$2y$05$hash', false],
  ['traefik.http.middlewares.ask.plugin.bouncer.apiKey', 'abc', false],
  ['traefik.http.middlewares.ask.forwardauth.address', 'http://me:abc@10.0.0.1', false],
])('the label %s: %s must be taken: %s', (label, value, isTaken) => {
  const edge = { kind: 'traefik', network: 'proxy', labels: { [label]: value } };
  expect(options.safeParse({ edge }).success).toBe(isTaken);
});

const bundle = (name: string) => `secrets/bundles/${name}-1`;

test('the key must reach the proxy as a file', () => {
  const { environment, mounts } = challengeSupport({ ...update, algorithm: 'hmac-sha256' }, { bundle });
  expect(environment).toMatchObject({
    RFC2136_NAMESERVER: 'ns1.example.org',
    RFC2136_TSIG_KEY: 'updates',
    RFC2136_TSIG_ALGORITHM: 'hmac-sha256.',
    RFC2136_TSIG_SECRET_FILE: '/run/secrets/given/dns_update',
  });
  expect(mounts).toEqual([{ source: 'secrets/bundles/traefik_secrets-1', target: '/run/secrets/given' }]);
});

test('a program must get its secrets as files, and be there itself', () => {
  const { environment, bundles, mounts } = challengeSupport(
    {
      by: 'program',
      program: 'set-record',
      environment: { API: 'https://api.example.net', TOKEN: { from_secret: 'dns_token' } },
    },
    { bundle },
  );
  expect(environment).toMatchObject({
    API: 'https://api.example.net',
    TOKEN_FILE: '/run/secrets/given/dns_token',
    EXEC_PATH: '/etc/traefik/extra/set-record',
  });
  expect(bundles).toMatchObject([
    { files: [{ kind: 'secret', secret: 'dns_token' }] },
    { from: 'traefik/extra', named: ['set-record'], isExecutable: true },
  ]);
  expect(mounts).toHaveLength(2);
});
