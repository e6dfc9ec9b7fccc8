import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { servedCertificate } from './support/web.ts';

const lab = await attachLab();
const name = 'matrix.alpha.test';
const alpha = await lab.host('alpha', { images: stackImages, names: ['alpha.test', name] });
const stranger = await lab.host('stranger');
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const store = deployment.path('data/acme/acme.json');

/** What there is of certificates: what strangers are shown, what is kept, and how often the CA was asked. */
async function certificates() {
  return {
    served: [await servedCertificate(stranger, 'alpha.test'), await servedCertificate(stranger, name)],
    kept: await alpha.run(['sha256sum', store]),
    orders: await lab.acme.orders(),
  };
}

async function restartProxy(): Promise<void> {
  await alpha.run(['docker', 'restart', (await deployment.container('traefik')).Id]);
}

beforeAll(async () => {
  await writeConfiguration(deployment);
});

describe('a name that leads elsewhere', () => {
  // An operator who knows better than the check.
  const apply = ['apply', '--skip-check', 'dns'];

  beforeAll(() => lab.dns.set(name, 'A', stranger.address));
  afterAll(() => lab.dns.set(name, 'A', alpha.address));

  it("must be reported soon, in the CA's own words", async () => {
    const { exitCode, stderr } = await deployment.cli(...apply, '--json');
    expect(exitCode).toBe(5);
    const { message, details } = JSON.parse(stderr.slice(stderr.lastIndexOf('{"schemaVersion"'))).error;
    expect(message).toContain('urn:ietf:params:acme:error');
    expect(details.join('\n')).toContain("the proxy's default certificate");
    expect(await deployment.cli('status')).toMatchObject({ exitCode: 8 });
  });

  it('must be told again while nothing has changed', async () => {
    expect(await deployment.cli(...apply)).toMatchObject({ exitCode: 5 });
  });

  it('must get its certificate by the same command once it leads here', async () => {
    await lab.dns.set(name, 'A', alpha.address);
    expect(await deployment.cli('apply')).toMatchObject({ exitCode: 0 });
    expect(await servedCertificate(stranger, name)).toMatchObject({ trusted: true });
    expect(await deployment.cli('status')).toMatchObject({ exitCode: 0 });
  });
});

describe('a certificate', () => {
  it.each([
    ['apply', () => deployment.cli('apply')],
    ['secrets rotate', () => deployment.exits(0, 'secrets', 'rotate', 'signing.key', '--yes')],
    ['destroy and apply', destroyAndApply],
    ['a power cut', cutPower],
  ])('must outlive %s, without another one being ordered', async (_, live) => {
    const before = await certificates();
    await live();
    expect(await certificates()).toEqual(before);
  });

  async function destroyAndApply(): Promise<void> {
    expect(await deployment.cli('destroy', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await deployment.cli('apply')).toMatchObject({ exitCode: 0 });
  }

  async function cutPower(): Promise<void> {
    await alpha.run(['sync']);
    await alpha.powerOff();
    await alpha.boot();
    expect(await deployment.cli('apply')).toMatchObject({ exitCode: 0 });
  }
});

describe('certificates that anybody on the host may read, which makes the proxy ignore them', () => {
  it.each([
    ['runs', restartProxy],
    ['is stopped', stopProxy],
    ['is gone', () => deployment.cli('destroy', '--yes')],
  ])('must be reported and fixed when the proxy %s, and none be ordered', async (_, disturb) => {
    const before = await certificates();
    await alpha.run(['chmod', '0644', store]);
    await disturb();

    expect(await deployment.cli('status')).toMatchObject({ exitCode: 8 });
    const { changes } = await deployment.ask<{ changes: { resource: string }[] }>('plan');
    expect(changes).toContainEqual(expect.objectContaining({ resource: 'data/acme/acme.json' }));
    expect(await deployment.cli('apply')).toMatchObject({ exitCode: 0 });

    expect(await alpha.run(['stat', '--format', '%a', store])).toBe('600');
    expect(await certificates()).toEqual(before);
  });

  async function stopProxy(): Promise<void> {
    await alpha.run(['docker', 'stop', (await deployment.container('traefik')).Id]);
  }
});
