import { beforeAll, describe, expect, it } from 'vitest';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { acmeNames } from '../lab/acme.ts';
import { attachLab } from '../lab/attach.ts';
import type { EngineVersion, Host } from '../lab/host.ts';
import { registryNames } from '../lab/registry.ts';
import { Deployment } from './support/deployment.ts';
import { deployFederating, talkBothWays } from './support/federating-server.ts';
import { initPublicly, writeConfiguration } from './support/public-server.ts';
import { attempt } from './support/refused-host.ts';
import { stackImages } from './support/stack-images.ts';
import { ask, servedCertificate } from './support/web.ts';

const lab = await attachLab();
const stranger = await lab.host('stranger');
/** A federating homeserver on a host with IPv4 and IPv6. */
let six: Deployment;

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
  beforeAll(async () => {
    six = await deployFederating(lab, 'six', {
      on: (await rent('six', ({ address6 }) => [address6], '28.5')).host,
    });
  });

  it('must be told the setting, by which each client is then seen by its own address', async () => {
    const { verdict, remedy } = (await seesClients(six)) ?? {};
    expect(verdict).toBe('warning');
    expect(remedy).toContain('Set `traefik.publish.ipv6_network` to true in matrix.yaml');
    await six.edit({ traefik: { publish: { ipv6_network: true } } });
    await six.exits(0, 'apply');
    expect(await seesClients(six)).toMatchObject({ verdict: 'passed' });
    for (const [family, address] of [
      ['--ipv4', stranger.address],
      ['--ipv6', stranger.address6],
    ] as const) {
      await ask(stranger, `${versions('six.test')}?stranger${family}`, family);
      const log = await six.run(['docker', 'compose', 'logs', '--no-log-prefix', 'synapse']);
      const line = log.split('\n').find((each) => each.includes(`?stranger${family}`));
      expect(line).toContain(` - ${address} - `);
    }
  });

  it('must have nothing left to change', async () => {
    await six.exits(0, 'plan', '--exit-code');
  });
});

describe('a host with IPv6 only', () => {
  const serverName = 'only6.test';
  const postgres = testedImage('postgres');
  let host: Host;
  let deployment: Deployment;

  beforeAll(async () => {
    host = await lab.host('only6', {
      images: stackImages.filter((image) => image !== postgres),
      names: [serverName, `matrix.${serverName}`],
      engine: '28.5',
      isIpv6Only: true,
    });
    await lab.registry.serve(postgres);
    await lab.dns.set(acmeNames.acme, 'AAAA', lab.acme.address6);
    await lab.dns.set(acmeNames.staging, 'AAAA', lab.staging.address6);
    return async () => {
      for (const name of [...Object.values(acmeNames), ...registryNames]) await lab.dns.forget(name, 'AAAA');
    };
  });

  it('must be told, before anything is written, that a registry has IPv4 only', async () => {
    const { exitCode, findings, written } = await attempt(host, serverName);
    expect({ exitCode, written }).toEqual({ exitCode: 4, written: [] });
    const failed = findings.filter(({ verdict }) => verdict === 'failed');
    expect(failed).toMatchObject([
      { check: 'registries', finding: expect.stringContaining('registry-1.docker.io') },
    ]);
  });

  it('must be told the same where an image is pulled all the same', async () => {
    const pulling = new Deployment(host, { serverName, directory: '/srv/other' });
    const { stderr } = await pulling.exits(1, ...initPublicly(pulling), '--skip-check', 'registries');
    expect(stderr).toContain('by IPv4, to which no way leads');
  });

  it('must be set up where the registry has IPv6, without a setting by hand', async () => {
    for (const name of registryNames) await lab.dns.set(name, 'AAAA', lab.registry.address6);
    deployment = await deployFederating(lab, 'only6', { on: host });
    expect(await ask(stranger, versions(serverName), '--ipv6')).toMatchObject({ status: 200 });
    expect(await servedCertificate(stranger, `matrix.${serverName}`)).toMatchObject({ trusted: true });
    expect(await seesClients(deployment)).toMatchObject({ verdict: 'passed' });
  });

  it('must have nothing to find fault with', async () => {
    for (const command of ['verify', 'check', 'dns', 'status']) await deployment.exits(0, command);
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must talk, both ways, with a server that has both', async () => {
    await talkBothWays(deployment, six);
  });

  it('must be refused containers without IPv6', async () => {
    await deployment.edit({ traefik: { publish: { ipv6_network: false } } });
    await deployment.exits(4, 'apply');
    expect((await deployment.container('synapse')).State.Running).toBe(true);
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
