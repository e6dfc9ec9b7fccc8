import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { type PublicInitAnswer, writeAnswers } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { servedCertificate } from './support/web.ts';

const lab = await attachLab();
const stranger = await lab.host('stranger');

async function orders() {
  return { real: await lab.acme.orders(), staged: await lab.staging.orders() };
}

describe('init on a host with an engine and no images', () => {
  let alpha: Host;
  let deployment: Deployment;
  let init: string[];
  let answer: PublicInitAnswer;
  let ordered: Awaited<ReturnType<typeof orders>>;

  beforeAll(async () => {
    alpha = await lab.host('alpha', { names: ['alpha.test', 'matrix.alpha.test'] });
    deployment = new Deployment(alpha, { serverName: 'alpha.test' });
    await Promise.all(stackImages.map((image) => lab.registry.serve(image)));
    init = await writeAnswers(deployment);
    const before = await orders();
    answer = await deployment.ask<PublicInitAnswer>(...init);
    const after = await orders();
    ordered = { real: after.real - before.real, staged: after.staged - before.staged };
  });

  it('must end with a server that passes all external checks', () => {
    expect(answer).toMatchObject({
      changed: true,
      url: 'https://matrix.alpha.test',
      userId: '@admin:alpha.test',
    });
    expect(answer.outside.length).toBeGreaterThan(6);
    expect(answer.outside.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  });

  it('must make no staging run for names that are proven to point there', () => {
    expect(ordered).toEqual({ real: 2, staged: 0 });
  });

  it('must let the admin log in from elsewhere', async () => {
    const client = new Client({ from: stranger, url: answer.url });
    const admin = await client.logIn('admin', await deployment.readFile('secrets/admin_password'));
    expect(await admin.isLoggedIn()).toBe(true);
  });

  it('must change nothing when it is run again, and order no certificate', async () => {
    const before = { ...(await deployment.snapshot()), orders: await orders() };
    expect(await deployment.ask<PublicInitAnswer>(...init)).toMatchObject({ changed: false });
    expect({ ...(await deployment.snapshot()), orders: await orders() }).toEqual(before);
  });

  it.each([
    ['a record that is lost', () => lab.dns.forget('alpha.test')],
    ['a record that leads elsewhere', () => lab.dns.set('alpha.test', 'A', stranger.address)],
    [
      'a second record that leads elsewhere',
      () => lab.dns.set('alpha.test', 'A', alpha.address, stranger.address),
    ],
  ])('must be told wrong by verify for %s', async (_, damage) => {
    await damage();
    const { exitCode, stdout } = await deployment.cli('verify', '--json');
    await lab.dns.set('alpha.test', 'A', alpha.address);
    const findings: OutsideFinding[] = JSON.parse(stdout).findings;
    const wrong = findings.filter(({ verdict }) => verdict !== 'passed');
    expect(wrong.map(({ url }) => new URL(url).hostname)).not.toContain('matrix.alpha.test');
    // Another host that does not answer may be this host's router.
    expect(wrong.length).toBeGreaterThan(3);
    expect(exitCode).toBe(wrong.some(({ verdict }) => verdict === 'failed') ? 8 : 0);
  });
});

describe('init for a name of which it is not certain that it leads there', () => {
  let beta: Host;
  let deployment: Deployment;
  let init: string[];

  beforeAll(async () => {
    const names = ['beta.test', 'matrix.beta.test'];
    beta = await lab.host('beta', { images: stackImages, names });
    deployment = new Deployment(beta, { serverName: 'beta.test' });
    init = await writeAnswers(deployment);
    await lab.dns.set('matrix.beta.test', 'A', stranger.address);
  });
  afterAll(() => lab.dns.set('matrix.beta.test', 'A', beta.address));

  it('must stop before anything is written or ordered when it certainly leads elsewhere', async () => {
    const before = await orders();
    await deployment.exits(4, ...init);
    expect((await beta.exec(['test', '-e', deployment.directory])).exitCode).toBe(1);
    expect(await orders()).toEqual(before);
  });

  it('must find out that it points elsewhere by a staging run only', async () => {
    const before = await orders();
    await deployment.exits(5, ...init, '--skip-check', 'dns');
    const after = await orders();
    expect(after.real).toBe(before.real);
    expect(after.staged).toBeGreaterThan(before.staged);
  });

  it('must make a staging run and then order real certificates when it points there after all', async () => {
    await lab.dns.set('matrix.beta.test', 'A', beta.address);
    const before = await orders();
    await deployment.exits(0, ...init, '--skip-check', 'dns');
    expect((await orders()).real).toBe(before.real + 2);
    expect(await servedCertificate(stranger, 'matrix.beta.test')).toMatchObject({ trusted: true });
    expect(await servedCertificate(stranger, 'beta.test')).toMatchObject({ trusted: true });
  });

  it('must make no staging run for a name that has a certificate', async () => {
    const before = await orders();
    await deployment.exits(0, ...init, '--skip-check', 'dns');
    expect(await orders()).toEqual(before);
  });
});
