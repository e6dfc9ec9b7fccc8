import { describe, expect, it } from 'vitest';
import type { DnsReport } from '../../src/host/dns/report.ts';
import type { Checked } from '../../src/procedures/check/check.ts';
import type { DelegationReport } from '../../src/procedures/delegation.ts';
import { attachLab } from '../lab/attach.ts';
import { updateKey } from '../lab/dns.ts';
import type { Deployment } from './support/deployment.ts';
import { deployFederating, talkBothWays } from './support/federating-server.ts';

const lab = await attachLab();
// Of the first, the server name leads here, and others are led by the older name only. That of the second leads nowhere.
await lab.dns.openZone('sigma.test');
await lab.dns.set('_matrix._tcp.alpha.test', 'SRV', '10 5 443 matrix.alpha.test.');
const [alpha, sigma] = await Promise.all([
  deployFederating(lab, 'alpha', { delegation: 'srv' }),
  deployFederating(lab, 'sigma', { delegation: 'srv', prepare: certifyByDns, ends: 8 }),
]);

async function certifyByDns(server: Deployment): Promise<void> {
  await lab.dns.forget('sigma.test', 'A');
  const dns = { by: 'update', server: 'ns.lab', key: updateKey.name, secret: { from_secret: 'dns_update' } };
  await server.edit({
    traefik: { certificates: { issuer: 'acme', roots: 'roots.pem', challenge: 'dns', dns } },
  });
  await server.host.writeFile('/root/secret', updateKey.secret, '0600');
  await server.exits(0, 'secrets', 'set', 'dns_update', '--file', '/root/secret');
}

const setService = (...values: string[]) => lab.dns.set('_matrix-fed._tcp.sigma.test', 'SRV', ...values);
const codesOf = async (exitCode: number, ...argv: string[]) => {
  const { findings }: DnsReport = JSON.parse((await sigma.exits(exitCode, ...argv, '--json')).stdout);
  return findings.map(({ code }) => code).filter((code) => code.startsWith('srv-'));
};

describe('SRV records', () => {
  it('must be shown exactly while there are none', async () => {
    const { records }: DnsReport = JSON.parse((await sigma.exits(8, 'dns', '--json')).stdout);
    expect(records.filter(({ type }) => type === 'SRV')).toEqual([
      {
        name: '_matrix-fed._tcp.sigma.test',
        type: 'SRV',
        need: 'required',
        value: '10 5 443 matrix.sigma.test.',
        published: [],
        state: 'missing',
      },
      {
        name: '_matrix._tcp.sigma.test',
        type: 'SRV',
        need: 'optional',
        value: '10 5 443 matrix.sigma.test.',
        published: [],
        state: 'optional',
      },
    ]);
    expect(await codesOf(8, 'dns')).toContain('srv-missing');
    await sigma.exits(8, 'verify');
  });

  it('must not lead to an alias', async () => {
    await lab.dns.set('alias.sigma.test', 'CNAME', 'matrix.sigma.test.');
    await setService('10 5 443 alias.sigma.test.');
    expect(await codesOf(8, 'dns')).toContain('srv-alias');
    await sigma.exits(8, 'verify');
  });

  it('must be all that others need', async () => {
    await setService('10 5 443 matrix.sigma.test.');
    await lab.dns.set('matrix.sigma.test', 'AAAA', sigma.host.address6);
    expect(await codesOf(0, 'dns')).toEqual([]);
    await Promise.all([['verify'], ['status']].map((argv) => sigma.exits(0, ...argv)));
    const { route } = await alpha.ask<Checked>('check');
    expect(route).toMatchObject({ isDelegated: false, step: 'srv-legacy', name: 'alpha.test' });
  });
});

describe('a server name on which nothing answers', () => {
  it('must be a hint about clients, and no fault', async () => {
    const { documents, records, findings }: DelegationReport = JSON.parse(
      (await sigma.exits(0, 'delegation', '--json')).stdout,
    );
    expect(documents.map(({ url }) => url)).toEqual(['https://sigma.test/.well-known/matrix/client']);
    expect(records[0]).toBe('_matrix-fed._tcp.sigma.test. SRV 10 5 443 matrix.sigma.test.');
    expect(findings).toMatchObject([{ document: 'client', verdict: 'warning' }]);
    expect(findings[0]?.remedy).toContain('https://matrix.sigma.test');
  });
});

describe('two servers that SRV records lead to', () => {
  it('must talk, both ways', async () => {
    await talkBothWays(alpha, sigma);
  });
});
