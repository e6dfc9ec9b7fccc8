import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
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
): Promise<{ host: Host; deployment: Deployment }> {
  const serverName = `${name}.test`;
  const names = [serverName, `matrix.${serverName}`];
  const host = await lab.host(name, { images: stackImages, names });
  for (const address of aaaa(host)) {
    await Promise.all(names.map((each) => lab.dns.set(each, 'AAAA', address)));
  }
  return { host, deployment: new Deployment(host, { serverName }) };
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
});

describe('a host without IPv6', () => {
  it('must be set up all the same', async () => {
    const { host, deployment } = await rent('four', () => []);
    const off = ['all', 'default', 'lo'].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);
    await host.run(['sysctl', '--write', ...off]);
    await deployment.exits(0, ...initPublicly(deployment));
    expect(await ask(stranger, versions('four.test'))).toMatchObject({ status: 200 });
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
