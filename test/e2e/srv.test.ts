import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DnsReport } from '../../src/host/dns/report.ts';
import type { Checked } from '../../src/procedures/check/check.ts';
import type { DelegationReport } from '../../src/procedures/delegation.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { updateKey } from '../lab/dns.ts';
import { MailServer } from '../lab/mail-server.ts';
import { startTraefik } from './support/existing-traefik.ts';
import { deployFederating, talkBothWays } from './support/federating-server.ts';
import { stackImages } from './support/stack-images.ts';
import { interruptWizard } from './support/wizard.ts';

const lab = await attachLab();
// The first is the server of the article: behind a Traefik that runs already, with mail, and found by the older name only. Its
// server name leads here; that of the second leads nowhere.
await lab.dns.openZone('sigma.test');
await lab.dns.set('_matrix._tcp.alpha.test', 'SRV', '10 5 443 matrix.alpha.test.');
const names = ['alpha.test', 'matrix.alpha.test'];
const alphaHost = await lab.host('alpha', { images: stackImages, names });
const authority = await Authority.create('Root of the mail server');
const mail = await MailServer.rent(lab, {
  names: { 'mail.alpha.test': await authority.issue(['mail.alpha.test']) },
  domain: 'alpha.test',
  account: 'matrix',
  password: 'canary-mail-password',
});
await startTraefik(alphaHost, lab);
await alphaHost.writeFile('/root/mail-password', 'canary-mail-password', '0600');
/** The command of the documentation for this server, word by word. */
const page = readFileSync(new URL('../../docs/from-the-article.md', import.meta.url), 'utf8');
const [, told = ''] = /^## With a Traefik.*?^```sh\n(.*?)^```/ms.exec(page) ?? [];
const [, , ...flags] = told
  .replaceAll('example.org', 'alpha.test')
  .replace(' mail-password', ' /root/mail-password')
  .split(/[\s\\]+/)
  .filter((word) => word !== '');
const sigmaHost = await lab.host('sigma', { images: stackImages, names: ['matrix.sigma.test'] });
await sigmaHost.writeFile('/root/key', updateKey.secret, '0600');
const dnsKey = ['--dns-key', updateKey.name, '--dns-secret-file', '/root/key'];
const byUpdate = ['--challenge', 'dns-update', '--dns-server', 'ns.lab', ...dnsKey];
const [alpha, sigma] = await Promise.all([
  deployFederating(lab, 'alpha', {
    delegation: 'srv',
    on: alphaHost,
    flags,
    trust: authority.certificate.toString('pem'),
  }),
  deployFederating(lab, 'sigma', { delegation: 'srv', on: sigmaHost, flags: byUpdate, ends: 8 }),
]);

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

  it('must be what init proposes where they lead to its host', async () => {
    const wizard = { serverName: 'sigma.test', at: 'host: (matrix.sigma.test)' };
    await interruptWizard(sigma.host, wizard, async (terminal) => {
      await terminal.screen.see(
        'SRV records lead other servers to matrix.sigma.test, which is this machine',
        30,
      );
      // What Enter takes.
      await terminal.screen.see('❯ Anything: SRV records lead other servers', 10);
      terminal.type(key.enter);
    });
  });
});

describe('a server behind an existing Traefik, with SRV records and mail, by the command of the documentation', () => {
  it('must be well, seen from outside, and send mail', async () => {
    expect(told).toMatch(/^matrix-deploy init --yes /);
    const { delegation, traefik } = parse(await alpha.readFile('matrix.yaml'));
    expect([delegation, traefik.edge.kind]).toEqual(['srv', 'traefik']);
    await Promise.all([['verify'], ['status']].map((argv) => alpha.exits(0, ...argv)));
    await alpha.exits(0, 'mail', 'test', 'you@alpha.test');
    expect((await mail.mails()).map(({ to }) => to)).toEqual(['you@alpha.test']);
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
