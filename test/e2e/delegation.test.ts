import { describe, expect, it } from 'vitest';
import type { Checked } from '../../src/procedures/check/check.ts';
import type { DelegationReport } from '../../src/procedures/delegation.ts';
import type { InitResult } from '../../src/procedures/init.ts';
import type { StatusReport } from '../../src/procedures/status/report.ts';
import { snippetKinds } from '../../src/render/delegation-snippet.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import { Client } from './support/client.ts';
import type { Deployment } from './support/deployment.ts';
import { addUser, deployFederating, password } from './support/federating-server.ts';
import { Site } from './support/site.ts';

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

  it('must not let status say that all is well', async () => {
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

describe('a server whose name has a site elsewhere', () => {
  it('must be found, and well', async () => {
    await Promise.all(
      [['verify'], ['check'], ['status'], ['init', '--yes']].map((argv) => alpha.exits(0, ...argv)),
    );
  });

  it('must talk, both ways, with one that is found on port 8448', async () => {
    const [alice, bob] = await Promise.all([user(alpha, 'alice'), user(beta, 'bob')]);
    const room = await alice.createRoom({ invite: ['@bob:beta.test'] });
    await waitUntil('the invitation', async () => {
      const { status } = await bob.call('POST', `/_matrix/client/v3/join/${room}?via=alpha.test`);
      return status === 200;
    });
    await bob.say(room, 'are you there?');
    await waitUntil('the message', async () => (await alice.read(room)).includes('are you there?'));
    await alice.say(room, 'I am');
    await waitUntil('the answer', async () => (await bob.read(room)).includes('I am'));
  });

  async function user(server: Deployment, localpart: string): Promise<Client> {
    await addUser(server, localpart);
    const client = new Client({ from: server.host, url: `https://matrix.${server.serverName}` });
    return client.logIn(localpart, password);
  }
});
