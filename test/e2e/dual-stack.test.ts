import { beforeAll, describe, expect, it } from 'vitest';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import { attachLab } from '../lab/attach.ts';
import type { EngineVersion, Host } from '../lab/host.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly, writeConfiguration } from './support/public-server.ts';
import { attempt } from './support/refused-host.ts';
import { stackImages } from './support/stack-images.ts';
import { ask, servedCertificate } from './support/web.ts';

const lab = await attachLab();
const stranger = await lab.host('stranger');

/** Rents a host that two names lead to, by IPv4 and by these addresses of IPv6. */
async function rent(
  name: string,
  aaaa: (host: Host) => string[],
  engine: EngineVersion = '26.1',
): Promise<{ host: Host; deployment: Deployment }> {
  const serverName = `${name}.test`;
  const names = [serverName, `matrix.${serverName}`];
  const host = await lab.host(name, { images: stackImages, names, engine });
  for (const address of aaaa(host)) {
    await Promise.all(names.map((each) => lab.dns.set(each, 'AAAA', address)));
  }
  return { host, deployment: new Deployment(host, { serverName }) };
}

/** What `verify` finds of how clients are seen. */
async function seesClients(deployment: Deployment): Promise<OutsideFinding | undefined> {
  const { findings } = await deployment.ask<{ findings: OutsideFinding[] }>('verify');
  return findings.find(({ expectation }) => expectation === 'each client by its own address');
}

const versions = (serverName: string) => `https://matrix.${serverName}/_matrix/client/versions`;

describe('a host with IPv4 and IPv6', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    ({ deployment } = await rent('dual', ({ address6 }) => [address6]));
    await deployment.exits(0, ...initPublicly(deployment));
  });

  it.each(['--ipv4', '--ipv6'])('must be reached by those who come with %s', async (family) => {
    expect(await ask(stranger, versions('dual.test'), family)).toMatchObject({ status: 200 });
    expect(await servedCertificate(stranger, 'matrix.dual.test')).toMatchObject({ trusted: true });
  });

  it('must be told that clients by IPv6 all look like one, and what to do', async () => {
    expect(await seesClients(deployment)).toMatchObject({
      verdict: 'warning',
      saw: expect.stringContaining('IPv6'),
      remedy: expect.stringContaining('Update Docker Engine 26.1'),
    });
  });

  it('must be refused a network with IPv6 that its engine cannot give, and keep what runs', async () => {
    const before = await deployment.containerIds();
    const written = await deployment.readFile('matrix.yaml');
    await deployment.edit({ traefik: { publish: { ipv6_network: true } } });
    await deployment.exits(4, 'apply');
    await deployment.writeFile('matrix.yaml', written);
    expect(await deployment.containerIds()).toEqual(before);
  });
});

describe('a host whose engine can give a network IPv6', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    ({ deployment } = await rent('six', ({ address6 }) => [address6], '28.5'));
    await deployment.exits(0, ...initPublicly(deployment));
  });

  it('must be told the setting, by which each client is then seen by its own address', async () => {
    const { verdict, remedy } = (await seesClients(deployment)) ?? {};
    expect(verdict).toBe('warning');
    expect(remedy).toContain('Set `traefik.publish.ipv6_network` to true in matrix.yaml');
    await deployment.edit({ traefik: { publish: { ipv6_network: true } } });
    await deployment.exits(0, 'apply');
    expect(await seesClients(deployment)).toMatchObject({ verdict: 'passed' });
    for (const [family, address] of [
      ['--ipv4', stranger.address],
      ['--ipv6', stranger.address6],
    ] as const) {
      await ask(stranger, `${versions('six.test')}?stranger${family}`, family);
      const log = await deployment.run(['docker', 'compose', 'logs', '--no-log-prefix', 'synapse']);
      const line = log.split('\n').find((each) => each.includes(`?stranger${family}`));
      expect(line).toContain(` - ${address} - `);
    }
  });

  it('must have nothing left to change', async () => {
    await deployment.exits(0, 'plan', '--exit-code');
  });
});

describe('a host without IPv6', () => {
  it('must be set up all the same', async () => {
    const { host, deployment } = await rent('four', () => []);
    const off = ['all', 'default', 'lo'].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);
    await host.run(['sysctl', '--write', ...off]);
    await deployment.exits(0, ...initPublicly(deployment));
    expect(await ask(stranger, versions('four.test'))).toMatchObject({ status: 200 });
    expect(await seesClients(deployment)).toMatchObject({ verdict: 'passed' });
  });
});

describe('an AAAA record that nobody of this deployment answers at', () => {
  it('must be refused before anything is ordered where it leads elsewhere', async () => {
    const { host } = await rent('astray', () => ['fd88::fa']);
    const { exitCode, findings, written } = await attempt(host, 'astray.test');
    expect(exitCode).toBe(4);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'dns', verdict: 'failed' }));
    expect(written).toEqual([]);
  });

  it('must be refused where the server is told to listen on IPv4 only', async () => {
    const { host, deployment } = await rent('only4', ({ address6 }) => [address6]);
    await writeConfiguration(deployment, {
      traefik: { certificates: { issuer: 'acme', roots: 'roots.pem' }, publish: { address: '0.0.0.0' } },
    });
    const { exitCode, stderr } = await host.exec(deployment.command('apply'));
    expect(exitCode).toBe(4);
    expect(stderr).toContain('an address of this host at which the deployment will not listen');
  });
});
