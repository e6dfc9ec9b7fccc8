import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Authority, type CertificateFiles } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import { whileAsking } from './support/certificate-load.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { servedCertificate } from './support/web.ts';

const lab = await attachLab();
const names = ['matrix.alpha.test', 'alpha.test'];
const alpha = await lab.host('alpha', { images: stackImages, names });
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const company = await Authority.create('Company CA');
const live = '/etc/letsencrypt/live/alpha.test';
const chain = `${live}/fullchain.pem`;
const key = `${live}/privkey.pem`;
const roots = deployment.path('roots.pem');
let number = 0;

const archive = '/etc/letsencrypt/archive/alpha.test';

/** Puts a file where certbot does, and makes a link lead to it as it does: another name, and the link replaced. */
async function replace(name: string, text: string | Buffer, mode?: string): Promise<void> {
  number += 1;
  await alpha.writeFile(`${archive}/${name}${number}.pem`, text, mode);
  const link = 'mkdir -p "$1" && ln -s "$2" "$1/new" && mv -T "$1/new" "$1/$3"';
  const target = `../../archive/alpha.test/${name}${number}.pem`;
  await alpha.run(['sh', '-c', link, 'link', live, target, `${name}.pem`]);
}

async function renew({ certificate, key: privateKey }: CertificateFiles): Promise<void> {
  await replace('fullchain', certificate);
  await replace('privkey', privateKey, '0600');
}

/** Answers as systemctl does; that systemd sees each change is tested with a real one. */
const systemctl = `#!/bin/sh
case $1 in
  is-enabled) [ -e /etc/systemd/system/"$2" ] && echo enabled || { echo not-found; exit 4; } ;;
  show) echo active ;;
esac
`;
const pathUnit = '/etc/systemd/system/matrix-alpha_test-certificate.path';

const serial = async (name = 'matrix.alpha.test') => (await servedCertificate(alpha, name)).serialNumber;
const certificateFindings = async (exitCode: number) => {
  const { stdout } = await deployment.exits(exitCode, 'status', '--json');
  return JSON.parse(stdout).findings.filter(({ about }: { about: string }) => about === 'certificate');
};

beforeAll(async () => {
  const certificates = { issuer: 'files', chain, key, roots: 'roots.pem' };
  await writeConfiguration(deployment, { traefik: { certificates } });
  await deployment.writeFile('roots.pem', company.certificate.toString('pem'));
});

describe('a certificate of files of the operator', () => {
  it('must be refused before anything is written, with all that is wrong', async () => {
    const { certificate } = await company.issue(['alpha.test']);
    const { key: other } = await company.issue(['alpha.test']);
    await renew({ certificate, key: other });
    await alpha.run(['chmod', '0644', key]);
    const { stderr } = await deployment.exits(3, 'apply', '--json');
    const { code, details } = JSON.parse(stderr.slice(stderr.indexOf('{"schemaVersion"'))).error;
    expect(code).toBe('config.certificate');
    expect(details).toEqual([
      expect.stringContaining('is not for matrix.alpha.test: it is for alpha.test'),
      expect.stringContaining('does not belong to the certificate'),
      expect.stringContaining('other users of this host can read the key'),
    ]);
    // The record of the run is all that is new.
    expect((await alpha.run(['ls', '-A', deployment.directory])).split('\n')).toEqual([
      'matrix.yaml',
      'roots.pem',
      'state',
    ]);
  });

  it('must be served for every name, and nothing be ordered', async () => {
    const orders = await lab.acme.orders();
    await renew(await company.issue(names));
    await deployment.exits(0, 'apply');
    const served = await alpha.run(['openssl', 'x509', '-noout', '-serial', '-in', chain]);
    for (const name of names) expect(served).toContain(await serial(name));
    expect(await lab.acme.orders()).toBe(orders);
    expect(await deployment.ask('status')).toMatchObject({
      healthy: true,
      certificates: names.map((name) => ({ name, issuer: 'Company CA', daysLeft: 89 })),
    });
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must be served by certificates reload once it was renewed, and no request fail', async () => {
    const first = await serial();
    const proxy = (await deployment.container('traefik')).State.StartedAt;
    const { failed, answered, serials } = await whileAsking(alpha, 'matrix.alpha.test', roots, async () => {
      await renew(await company.issue(names));
      expect(await certificateFindings(0)).toMatchObject([
        { verdict: 'warning', remedy: expect.stringContaining('matrix-deploy certificates reload') },
      ]);
      expect(await deployment.ask('certificates', 'reload')).toMatchObject({ changed: true, names });
    });
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    expect(serials).toEqual([first, await serial()]);
    expect(await serial()).not.toBe(first);
    expect((await deployment.container('traefik')).State.StartedAt).toBe(proxy);
    expect(await certificateFindings(0)).toEqual([]);
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must be served by the line of a crontab, and both of its halves at once', async () => {
    const before = await serial();
    const { kind, line } = await deployment.ask<{ kind: string; line: string }>('certificates', 'watch');
    expect(kind).toBe('crontab');
    const { certificate, key: privateKey } = await company.issue(names);
    await replace('privkey', privateKey, '0600');
    const [, command = ''] = /^17 \* \* \* \* (.*)$/.exec(line) ?? [];
    // What cron gives to a command (crontab(5)).
    const cron = ['env', '-i', 'HOME=/root', 'PATH=/usr/bin:/bin', '/bin/sh', '-c', command];
    const running = alpha.exec(cron, { cwd: '/' });
    await waitUntil('the lock', () => alpha.exists(deployment.path('state/lock')), { seconds: 20 });
    expect(await serial()).toBe(before);
    await replace('fullchain', certificate);
    expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await serial()).not.toBe(before);
  });

  it('must be served by what systemd starts, and status see whether systemd does', async () => {
    await alpha.run(['mkdir', '-p', '/run/systemd/system']);
    await alpha.writeFile('/usr/local/bin/systemctl', systemctl, '0755');
    const { watch } = await deployment.ask<{ watch: { command: string[]; paths: string[] } }>(
      ...['certificates', 'watch'],
    );
    expect(watch.paths).toEqual([chain, key, live]);
    const before = await serial();
    await renew(await company.issue(names));
    await alpha.run(watch.command, { cwd: '/' });
    expect(await serial()).not.toBe(before);
    expect(await certificateFindings(0)).toEqual([]);
    await alpha.run(['sed', '-i', `s#^PathChanged=${live}$#PathChanged=/gone#`, pathUnit]);
    expect(await certificateFindings(8)).toMatchObject([
      { verdict: 'failed', remedy: expect.stringContaining('matrix-deploy certificates watch') },
    ]);
    await deployment.exits(0, 'certificates', 'watch');
    expect(await certificateFindings(0)).toEqual([]);
  });

  it('must stay served when what comes in its place is bad', async () => {
    const before = await serial();
    await renew(await company.issue(['elsewhere.test']));
    await deployment.exits(3, 'certificates', 'reload');
    expect(await serial()).toBe(before);
    await deployment.exits(8, 'status');
  });

  it('must stay served where the files are gone, as after a move to another host', async () => {
    const before = await serial();
    await alpha.run(['rm', '-r', '/etc/letsencrypt']);
    await deployment.edit({ synapse: { log_level: 'WARNING' } });
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'destroy', '--yes');
    expect(await alpha.exists(pathUnit)).toBe(false);
    await deployment.exits(0, 'apply');
    expect(await serial()).toBe(before);
    expect(await certificateFindings(0)).toMatchObject([{ verdict: 'warning' }]);
  });

  it('must be served by apply too, and be a problem shortly before its end', async () => {
    const days = (number: number) => new Date(Date.now() + number * 24 * 3_600_000);
    await renew(await company.issue(names, { notBefore: days(-85), notAfter: days(5) }));
    await deployment.exits(8, 'apply');
    expect(await certificateFindings(8)).toMatchObject([{ verdict: 'failed' }, { verdict: 'failed' }]);
    expect((await deployment.exits(8, 'verify')).stdout).toContain('was not renewed in time');
  });
});

describe('a CA of the deployment itself', () => {
  it('must give its root to devices on a page, for as long as the command runs', async () => {
    await deployment.edit({ traefik: { certificates: { issuer: 'local' } } });
    const copy = 'secrets/certificate/served.pem';
    expect((await deployment.exits(0, 'plan')).stdout).toContain(`- ${copy}`);
    await deployment.exits(0, 'apply');
    await alpha.run(['test', '!', '-e', deployment.path(copy)]);
    await deployment.exits(0, 'plan', '--exit-code');
    const device = await lab.host('device');
    const run = await alpha.spawn(deployment.command('certificates', 'share-root', '--json', '--quiet'));
    const ended = once(run, 'close');
    const [said] = await once(run.stdout, 'data');
    const { url, fingerprint } = JSON.parse(String(said));

    const page = await device.run(['curl', '--silent', '--fail', url]);
    expect(page).toContain(fingerprint);
    const [, path] = /href="([^"]+)"/.exec(page) ?? [];
    await device.run([
      'curl',
      '--silent',
      '--fail',
      '--output',
      '/root/root.crt',
      new URL(String(path), url).href,
    ]);
    const told = ['openssl', 'x509', '-inform', 'der', '-in', '/root/root.crt'];
    expect(await device.run([...told, '-noout', '-fingerprint', '-sha256'])).toContain(fingerprint);
    await device.run([...told, '-out', '/root/root.pem']);
    const server = 'https://matrix.alpha.test/_matrix/client/versions';
    expect((await device.exec(['curl', '--silent', server])).exitCode).toBe(60);
    await device.run(['curl', '--silent', '--fail', '--cacert', '/root/root.pem', server]);

    await alpha.signal(run, 'SIGINT');
    await ended;
    expect((await device.exec(['curl', '--silent', url])).exitCode).toBe(7);
  });
});
