import { beforeAll, describe, expect, it } from 'vitest';
import type { Checked } from '../../src/procedures/check/check.ts';
import type { DelegationReport } from '../../src/procedures/delegation.ts';
import type { InitResult } from '../../src/procedures/init.ts';
import type { StatusReport } from '../../src/procedures/status/report.ts';
import { snippetKinds } from '../../src/render/delegation-snippet.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import { Client } from './support/client.ts';
import { deployFederating, talkBothWays } from './support/federating-server.ts';
import { Site } from './support/site.ts';
import { interruptWizard } from './support/wizard.ts';

const lab = await attachLab();
const authority = await Authority.create('Root of the site');
const trust = authority.certificate.toString('pem');
const site = await Site.open(lab, 'site', 'alpha.test', authority);
const [alpha, beta] = await Promise.all([
  deployFederating(lab, 'alpha', { trust, delegation: 'elsewhere' }),
  deployFederating(lab, 'beta', { trust, delegation: 'port-8448' }),
]);
const snippet = async (kind: string) =>
  (await alpha.ask<{ snippet: string }>('delegation', '--for', kind)).snippet;

describe('while nothing answers on the server name', () => {
  it('must end init with 8, and show what is to be served there', async () => {
    const { stdout } = await alpha.exits(8, 'init', '--yes', '--json');
    const { outside, documents }: InitResult = JSON.parse(stdout);
    expect(documents.map(({ body }) => body)).toEqual([
      '{"m.server": "matrix.alpha.test:443"}',
      '{"m.homeserver": {"base_url": "https://matrix.alpha.test"}}',
    ]);
    const failed = outside.filter(({ verdict }) => verdict === 'failed');
    expect(failed.map(({ code }) => code)).toEqual(['well-known-unreachable', 'client-unreachable']);
  });

  it('must keep status from saying healthy', async () => {
    const { healthy, services, findings }: StatusReport = JSON.parse(
      (await alpha.exits(8, 'status', '--json')).stdout,
    );
    expect(healthy).toBe(false);
    expect(services.filter((service) => !service.healthy)).toEqual([]);
    const failed = findings.filter(({ verdict }) => verdict === 'failed');
    expect(new Set(failed.map(({ about }) => about))).toEqual(new Set(['delegation']));
  });

  it('must let delegation wait until the documents are right', async () => {
    const watch = alpha.command('delegation', '--watch', '--json');
    const watching = alpha.host.exec(['sh', '-c', 'exec "$@" 2>/tmp/told', 'watch', ...watch]);
    await waitUntil('what is wrong', async () => {
      const { stdout } = await alpha.host.exec(['cat', '/tmp/told']);
      return stdout.includes('[well-known-unreachable]') && stdout.includes('[client-unreachable]');
    });
    await site.serve('nginx', await snippet('nginx'));
    const { exitCode, stdout } = await watching;
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as DelegationReport).findings).toEqual([]);
    await site.stop();
  });
});

describe.each(snippetKinds)('with what is shown for %s', (kind) => {
  it('must lead to the server', async () => {
    if (kind === 'traefik') {
      await alpha.run(['docker', 'compose', 'cp', 'traefik:/usr/local/bin/traefik', '/root/traefik']);
      await site.takeTraefik(alpha.host, '/root/traefik');
    }
    await site.serve(kind, await snippet(kind));
    const { findings } = JSON.parse((await alpha.cli('delegation', '--json')).stdout);
    expect(findings).toEqual([]);
    if (kind !== snippetKinds.at(-1)) await site.stop();
  });
});

describe('a server that others come to on port 8448', () => {
  it('must be found there, without a document', async () => {
    await Promise.all([['verify'], ['delegation']].map((argv) => beta.exits(0, ...argv)));
    const { route } = await beta.ask<Checked>('check');
    expect(route).toMatchObject({ isDelegated: false, step: 'default' });
  });
});

describe('init, when somebody is there to answer', () => {
  it('must propose the site that answers on the server name, and say what it has seen', async () => {
    const wizard = { serverName: 'alpha.test', at: 'host: (matrix.alpha.test)' };
    await interruptWizard(beta.host, wizard, async (terminal) => {
      // Of the other server, which runs on another machine.
      await terminal.screen.see(
        'where a web site answers. Its document leads other servers to matrix.alpha.test',
        30,
      );
      // What Enter takes.
      await terminal.screen.see('❯ A web site on another machine', 10);
      terminal.type(key.enter);
    });
  });
});

describe('a server whose name has a site elsewhere', () => {
  it('must be found, and well', async () => {
    await Promise.all(
      [['verify'], ['check'], ['status'], ['init', '--yes']].map((argv) => alpha.exits(0, ...argv)),
    );
  });

  it('must talk, both ways, with one that is found on port 8448, in a room of either', async () => {
    await Promise.all([talkBothWays(alpha, beta), talkBothWays(beta, alpha, ['carol', 'dora'])]);
  });
});

describe('a change of the way', () => {
  beforeAll(() => lab.dns.set('alpha.test', 'A', alpha.host.address));

  /** What has to be so first. */
  const preparations: { readonly [way: string]: () => Promise<unknown> } = {
    srv: () => lab.dns.set('_matrix-fed._tcp.alpha.test', 'SRV', '10 5 443 matrix.alpha.test.'),
    // The site serves both documents still, and `check` trusts whom its machine trusts.
    elsewhere: async () => {
      const bundle = '/etc/ssl/certs/ca-certificates.crt';
      await beta.host.run(['sh', '-c', `cat >>${bundle}`], { input: `\n${trust}\n` });
      await lab.dns.forget('_matrix-fed._tcp.alpha.test', 'SRV');
      await lab.dns.set('alpha.test', 'A', site.machine.address);
    },
  };

  it.each([
    ['port-8448', 'matrix.alpha.test', { isDelegated: false, targets: [{ host: 'alpha.test', port: 8448 }] }],
    ['none', 'alpha.test', { isDelegated: true, targets: [{ host: 'alpha.test', port: 443 }] }],
    ['well-known', 'matrix.alpha.test', { isDelegated: true, targets: [{ host: 'alpha.test', port: 443 }] }],
    ['srv', 'matrix.alpha.test', { step: 'srv', targets: [{ host: 'matrix.alpha.test', port: 443 }] }],
    [
      'elsewhere',
      'matrix.alpha.test',
      { isDelegated: true, targets: [{ host: 'matrix.alpha.test', port: 443 }] },
    ],
  ])('to %s must be a plan that is applied, and found by others', async (delegation, host, route) => {
    await preparations[delegation]?.();
    await alpha.edit({ delegation, host });
    const { changes } = await alpha.ask<{ changes: { resource: string }[] }>('plan');
    expect(changes.map(({ resource }) => resource)).toContain('service synapse');
    await alpha.exits(0, 'apply');
    expect(await beta.ask<Checked>('check', 'alpha.test')).toMatchObject({ route });
    const client = new Client({ from: beta.host, url: 'https://alpha.test' });
    const { body } = await client.call('GET', '/.well-known/matrix/client');
    expect(body['m.homeserver'].base_url.replace(/\/$/, '')).toBe(`https://${host}`);
    await alpha.exits(0, 'plan', '--exit-code');
    if (delegation !== 'none') return;
    // Its name has only now become that of the homeserver: others remember where they came before, until they start again.
    await beta.run(['docker', 'compose', 'restart', 'synapse']);
    await waitUntil('the other server', async () => (await beta.cli('status')).exitCode === 0);
    await talkBothWays(alpha, beta, ['anna', 'ben']);
  });
});
