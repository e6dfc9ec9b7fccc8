import 'reflect-metadata';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const ca = 'secrets/local_ca.pem';
const certificate = 'secrets/localhost.pem';
const day = 24 * 60 * 60 * 1000;

interface Status {
  healthy: boolean;
  findings: { about: string; verdict: string; remedy: string }[];
}

/** Puts one in its place that expires in so many days, and lets the proxy serve it. */
async function expireIn(days: number): Promise<void> {
  const [key = '', authority = '', authorityKey = ''] = await Promise.all(
    ['secrets/localhost.key', ca, 'secrets/local_ca.key'].map((path) => deployment.readFile(path)),
  );
  const until = new Date(Date.now() + days * day);
  await deployment.writeFile(certificate, await certify({ key, authority, authorityKey }, until));
  await host.run(['docker', 'restart', (await deployment.container('traefik')).Id]);
  // It takes connections a moment after it was started.
  const patient = ['--retry', '20', '--retry-all-errors', '--retry-max-time', '60'];
  await host.run(['curl', '--silent', '--insecure', ...patient, 'https://localhost:8443/']);
}

/** A certificate for localhost as the CA would have issued it long ago. */
async function certify(
  { key, authority, authorityKey }: { key: string; authority: string; authorityKey: string },
  notAfter: Date,
): Promise<string> {
  const { subtle } = webcrypto;
  const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const exported = (pem: string) => createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const issued = await X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: new X509Certificate(authority).subject,
    publicKey: await subtle.importKey('spki', publicKey, curve, true, ['verify']),
    signingKey: await subtle.importKey('pkcs8', exported(authorityKey), curve, false, ['sign']),
    notBefore: new Date(notAfter.getTime() - 500 * day),
    notAfter,
    signingAlgorithm: curve,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  return `${issued.toString('pem')}\n${authority}`;
}

/** Days for which the certificate is still valid that a client is shown who trusts the CA of the first day. */
async function servedDays(): Promise<number> {
  const show = `require('node:tls').connect({ port: 8443, servername: 'localhost', ca: require('node:fs').readFileSync('/root/ca.pem') },
    function () { console.log(this.getPeerCertificate().valid_to); this.end(); });`;
  const until = await host.run(['node', '--eval', show]);
  return Math.floor((Date.parse(until) - Date.now()) / day);
}

const certificateFindings = async (exitCode: number) => {
  const { findings } = JSON.parse((await deployment.exits(exitCode, 'status', '--json')).stdout) as Status;
  return findings.filter(({ about }) => about === 'certificate');
};

beforeAll(async () => {
  await deployment.init();
  await host.run(['cp', deployment.path(ca), '/root/ca.pem']);
});

describe('the certificate of a local server', () => {
  it('must be valid for long, and be no finding', async () => {
    expect(await servedDays()).toBeGreaterThan(300);
    expect(await certificateFindings(0)).toEqual([]);
  });

  it('must be warned of and planned in time before it expires', async () => {
    await expireIn(30);
    expect(await servedDays()).toBeLessThan(90);
    expect(await certificateFindings(0)).toMatchObject([
      { verdict: 'warning', remedy: expect.stringContaining('matrix-deploy apply') },
    ]);
    const { changes } = await deployment.ask<{ changes: object[] }>('plan');
    expect(changes).toContainEqual(expect.objectContaining({ resource: certificate, change: 'update' }));
  });

  it('must be issued again by apply and served, by the same CA', async () => {
    const before = await deployment.readFile(ca);
    await deployment.exits(0, 'apply');
    expect(await deployment.readFile(ca)).toBe(before);
    expect(await servedDays()).toBeGreaterThan(300);
    expect(await certificateFindings(0)).toEqual([]);
  });

  it('must be no more to do afterwards', async () => {
    const before = await deployment.snapshot();
    await deployment.exits(0, 'apply');
    expect(await deployment.snapshot()).toEqual(before);
    expect(await deployment.ask('plan')).toMatchObject({ changes: [] });
  });

  it('must fail status when it has expired, and still be replaced', async () => {
    await expireIn(-1);
    expect(await certificateFindings(8)).toMatchObject([{ verdict: 'failed' }]);
    await deployment.exits(0, 'apply');
    expect(await servedDays()).toBeGreaterThan(300);
  });
});
