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
