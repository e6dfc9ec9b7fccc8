import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acmeNames } from '../lab/acme.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { whileAsking } from './support/certificate-load.ts';
import { Deployment } from './support/deployment.ts';
import { trusted, writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { servedCertificate } from './support/web.ts';

const lab = await attachLab();
const name = 'matrix.alpha.test';
const alpha = await lab.host('alpha', { images: stackImages, names: ['alpha.test', name] });
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const roots = deployment.path('roots.pem');

/** Traefik looks once a minute where certificates are that short, and renews all of which less than 20 minutes are left. */
const validSeconds = 90;

interface Status {
  certificates: { name: string; daysLeft: number }[];
  findings: { about: string; verdict: string; finding: string }[];
}

beforeAll(async () => {
  const { directory, root } = await lab.acme.openShortLived(acmeNames.acme, validSeconds);
  const certificates = { issuer: 'acme', directory, roots: 'roots.pem', lifetime_hours: 1 };
  await writeConfiguration(deployment, { traefik: { certificates } });
  await alpha.writeFile(roots, `${await alpha.readFile(trusted)}\n${root}`);
  await deployment.exits(0, 'apply');
});

afterAll(() => lab.acme.closeShortLived());

const serial = async () => (await servedCertificate(alpha, name)).serialNumber;

describe('a certificate that is about to end', () => {
  it('must be renewed by the proxy while it serves, and no request fail', async () => {
    const first = await serial();
    const { failed, answered, serials } = await whileAsking(alpha, name, roots, () =>
      waitUntil('another certificate', async () => (await serial()) !== first, {
        seconds: 80,
        everyMilliseconds: 1000,
      }),
    );
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect(serials).toEqual([first, await serial()]);
  });

  it('must be shown by status for each name', async () => {
    const { certificates, findings } = await deployment.ask<Status>('status');
    expect(certificates).toMatchObject([
      { name, daysLeft: 0 },
      { name: 'alpha.test', daysLeft: 0 },
    ]);
    expect(findings.filter(({ about }) => about === 'certificate')).toEqual([]);
  });

  it('must be a problem, with the reason, when the CA issues no new one', async () => {
    await lab.acme.closeShortLived();
    let found: Status['findings'] = [];
    const isTold = async () => {
      const { findings } = JSON.parse((await deployment.cli('status', '--json')).stdout) as Status;
      found = findings.filter(({ about }) => about === 'certificate');
      // One name comes before the other, and the proxy tries once a minute: then it says why it got none.
      return found.length === 2 && found.some(({ finding }) => finding.includes('connection refused'));
    };
    await waitUntil('a finding about each name, with the reason', isTold, {
      seconds: 120,
      everyMilliseconds: 3000,
    });
    expect(found.map(({ verdict }) => verdict)).toEqual(['failed', 'failed']);
    await deployment.exits(8, 'verify');
  });
});
