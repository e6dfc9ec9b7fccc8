import { describe, expect, it, onTestFinished } from 'vitest';
import { checkNames, type Finding } from '../../src/preflight/finding.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { acmeNames } from '../lab/acme.ts';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { addOperator } from './support/deployment.ts';
import { type Attempt, attempt } from './support/refused-host.ts';

const lab = await attachLab();
const serverName = 'alpha.test';
const apiName = 'matrix.alpha.test';
const traefik = testedImage('traefik');
const postgres = testedImage('postgres');
const alpha = await lab.host('alpha', { images: [traefik, postgres], names: [serverName, apiName] });
const small = await lab.host('small', {
  memoryBytes: 512 * 2 ** 20,
  diskBytes: 4e9,
  names: ['small.test', 'matrix.small.test'],
});
const nobody = '10.88.0.250';

/** A program that goes on until the test has ended. */
async function runDuringTest(host: Host, argv: string[]): Promise<void> {
  const program = await host.spawn(argv);
  program.stdout.resume();
  program.stderr.resume();
  onTestFinished(() => host.signal(program, 'SIGKILL'));
}

/** Changes the host until the test has ended. */
async function change(host: Host, doIt: string, undo: string): Promise<void> {
  onTestFinished(async () => void (await host.run(['bash', '-c', undo])));
  await host.run(['bash', '-c', doIt]);
}

const hide = (path: string) => change(alpha, `mv ${path} ${path}.hidden`, `mv ${path}.hidden ${path}`);

async function listen(port: number, address: string): Promise<void> {
  const script = `require('node:net').createServer().listen({ port: ${port}, host: '${address}' })`;
  await runDuringTest(alpha, ['node', '--eval', script]);
  const listening = `until ss --listening --tcp --numeric | grep --quiet ':${port} '; do sleep 0.02; done`;
  await alpha.run(['sh', '-c', listening], { timeoutSeconds: 10 });
}

/** Gives a name other records until the test has ended, and then its own again. */
async function setRecords(
  name: string,
  type: Parameters<typeof lab.dns.set>[1],
  ...values: string[]
): Promise<void> {
  onTestFinished(async () => {
    await lab.dns.forget(name);
    await lab.dns.set(name, 'A', name === acmeNames.acme ? lab.acme.address : alpha.address);
  });
  await (values.length === 0 ? lab.dns.forget(name, type) : lab.dns.set(name, type, ...values));
}

async function withoutEngine(): Promise<void> {
  await alpha.stopEngine();
  onTestFinished(() => alpha.startEngine());
}

/** What an engine answers that Debian 10 had. */
async function serveOldEngine(): Promise<void> {
  const script = `
    const answers = { '/_ping': 'OK', '/version': '{"Version":"19.03.15"}', '/info': '{"DockerRootDir":"/var/lib/docker"}' };
    require('node:http').createServer(({ url }, response) => {
      const path = url.replace(/^\\/v[0-9.]+/, '').replace(/[?].*/, '');
      response.writeHead(path.startsWith('/images/') ? 404 : 200, { 'content-type': 'application/json' });
      response.end(answers[path] ?? '[]');
    }).listen('/run/old.sock')`;
  await runDuringTest(alpha, ['node', '--eval', script]);
  await alpha.run(['sh', '-c', 'until [ -S /run/old.sock ]; do sleep 0.02; done'], { timeoutSeconds: 10 });
  onTestFinished(async () => void (await alpha.run(['rm', '/run/old.sock'])));
}

/** A plugin of the user's own goes before that of the system. */
async function installOldCompose(): Promise<void> {
  const script =
    '#!/bin/sh\n[ "$1" != docker-cli-plugin-metadata ] || exec echo \'{"SchemaVersion":"0.1.0","Vendor":"Docker Inc."}\'\necho 2.10.2\n';
  await alpha.writeFile('/root/.docker/cli-plugins/docker-compose', script, '0755');
  onTestFinished(async () => void (await alpha.run(['rm', '-r', '/root/.docker'])));
}

async function runElsewhere(): Promise<void> {
  const labels = ['project=matrix-alpha_test', 'project.working_dir=/srv/other', 'service=traefik'];
  await alpha.writeFile('/srv/other/matrix.yaml', 'version: 1\n');
  const flags = labels.flatMap((label) => ['--label', `com.docker.compose.${label}`]);
  await alpha.run(['docker', 'create', '--name', 'other', ...flags, traefik]);
  onTestFinished(async () => void (await alpha.run(['sh', '-c', 'docker rm other; rm -r /srv/other'])));
}

/** A container that is no Traefik, which the homeserver could be behind. */
async function publish(): Promise<void> {
  onTestFinished(async () => void (await alpha.run(['docker', 'rm', '--force', 'squatter'])));
  const options = ['--detach', '--name', 'squatter', '--publish', '443:80', '--entrypoint', 'sleep'];
  await alpha.run(['docker', 'run', ...options, postgres, 'infinity']);
}

type Fault = () => Promise<unknown>;

const brokenHosts: [string, string, Fault, Attempt?][] = [
  [
    'does not let the operator use its engine',
    'engine',
    () => change(alpha, 'useradd --create-home guest', 'userdel --remove guest'),
    { operator: 'guest', directory: '/home/guest/matrix' },
  ],
  [
    'has an engine that is too old',
    'engine',
    serveOldEngine,
    { through: ['env', 'DOCKER_HOST=unix:///run/old.sock'] },
  ],
  [
    'is to use the engine of another machine',
    'engine',
    async () => {},
    { through: ['env', 'DOCKER_HOST=ssh://root@elsewhere.test'] },
  ],
  ['has no docker command', 'compose', () => hide('/usr/bin/docker')],
  ['has no Compose', 'compose', () => hide('/usr/libexec/docker/cli-plugins/docker-compose')],
  ['has a Compose that is too old', 'compose', installOldCompose],
  ['has a 32-bit system', 'architecture', async () => {}, { through: ['setarch', 'linux32'] }],
  ['has a program on port 443', 'ports', () => listen(443, '0.0.0.0')],
  ['has a program on port 80 of IPv6, which takes IPv4 along', 'ports', () => listen(80, '::')],
  ['has a container on port 443', 'ports', publish],
  [
    'is to be used where it cannot be written',
    'writable',
    () =>
      change(
        alpha,
        'mkdir /srv/fixed && mount -t tmpfs -o ro none /srv/fixed',
        'umount /srv/fixed && rmdir /srv/fixed',
      ),
    { directory: '/srv/fixed/matrix' },
  ],
  ['is to be used below a file', 'writable', async () => {}, { directory: '/etc/hostname/matrix' }],
  [
    'is to be used by an operator where only root writes',
    'writable',
    async () => {
      await addOperator(alpha, 'member');
      onTestFinished(async () => void (await alpha.run(['userdel', '--remove', 'member'])));
    },
    { operator: 'member' },
  ],
  [
    'has something else in the directory',
    'deployment',
    () => change(alpha, 'mkdir /srv/photos && touch /srv/photos/cat.png', 'rm -r /srv/photos'),
    { directory: '/srv/photos' },
  ],
  ['runs the same server from elsewhere', 'deployment', runElsewhere],
  [
    'has no name server that answers',
    'resolution',
    () =>
      change(
        alpha,
        'cp /etc/resolv.conf /root/resolv.conf && echo nameserver 127.0.0.1 >/etc/resolv.conf',
        'mv /root/resolv.conf /etc/resolv.conf',
      ),
  ],
  ['has a clock of an hour ago', 'clock', () => liveAt(3600)],
  ['has a clock of another year', 'clock', () => liveAt(-400 * 86_400)],
  ['does not reach the CA', 'authority', () => setRecords(acmeNames.acme, 'A', lab.dns.address)],
  ['cannot resolve the CA', 'authority', () => setRecords(acmeNames.acme, 'A')],
  ['does not trust the CA', 'authority', makeOtherRoot, { flags: ['--acme-roots', '/root/other.pem'] }],
  ['is refused by the CA', 'authority', limitRate],
  ['has no record of the name of its API', 'dns', () => setRecords(apiName, 'A')],
  ['has no record of its server name', 'dns', () => setRecords(serverName, 'A')],
  ['has a name that leads elsewhere', 'dns', () => setRecords(apiName, 'A', nobody)],
  ['has a name that leads elsewhere too', 'dns', () => setRecords(apiName, 'A', alpha.address, nobody)],
  ['has a name that leads elsewhere by IPv6', 'dns', () => setRecords(apiName, 'AAAA', 'fd88::250')],
  ['has a name that leads to a proxy', 'cdn', () => setRecords(apiName, 'A', '104.16.132.229')],
  ['may get no certificates from this CA', 'caa', () => setRecords(apiName, 'CAA', '0 issue "ca.example"')],
  [
    'may get certificates in another way only',
    'caa',
    () => setRecords(apiName, 'CAA', '0 issue "letsencrypt.org; validationmethods=dns-01"'),
  ],
  // At the end: an engine that stops takes along the mounts of the images that it had from the start.
  ['has no engine', 'engine', () => withoutEngine().then(() => hide('/usr/sbin/dockerd'))],
  ['has an engine that does not run', 'engine', withoutEngine],
  ['has an engine that crashed', 'engine', crash],
];

describe('a host', () => {
  it.each(brokenHosts)(
    'that %s must be refused by the check %s, with nothing written',
    async (_, check, fault, how) => {
      await fault();
      const refusal = await attempt(alpha, serverName, how);
      expect({ ...refusal, findings: failed(refusal.findings) }).toEqual({
        exitCode: 4,
        findings: [check],
        written: [],
      });
      const told = refusal.findings.find(({ verdict }) => verdict === 'failed');
      expect([told?.finding, told?.reason, told?.remedy]).not.toContain('');
    },
  );

  it('with little memory must be refused', async () => {
    const { exitCode, findings, written } = await attempt(small, 'small.test');
    expect({ exitCode, failed: failed(findings), written }).toEqual({
      exitCode: 4,
      failed: ['memory'],
      written: [],
    });
  });

  it('with little room on its disk must be refused', async () => {
    const fill = 'fallocate --length "$(($(stat --file-system --format "%a * %S" /) - 1000000000))" /fill';
    await change(small, fill, 'rm /fill');
    const { exitCode, findings, written } = await attempt(small, 'small.test', {
      flags: ['--skip-check', 'memory'],
    });
    expect({ exitCode, failed: failed(findings), written }).toEqual({
      exitCode: 4,
      failed: ['disk'],
      written: [],
    });
  });
});

describe('a host with many faults', () => {
  it('must be told of all of them at once', async () => {
    await setRecords(apiName, 'A');
    await listen(443, '0.0.0.0');
    const { findings } = await attempt(alpha, serverName, { through: ['setarch', 'linux32'] });
    expect(failed(findings)).toEqual(['architecture', 'ports', 'dns']);
    expect(findings.find(({ verdict, check }) => check === 'ports' && verdict === 'failed')?.finding).toMatch(
      /^port 443 is held by node \(process \d+\)$/,
    );
  });

  it('must be told of what stops nothing beside them', async () => {
    await change(alpha, 'mkdir /etc/ufw && echo ENABLED=yes >/etc/ufw/ufw.conf', 'rm -r /etc/ufw');
    const { findings } = await attempt(alpha, serverName, { through: ['setarch', 'linux32'] });
    expect(findings.filter(({ verdict }) => verdict === 'warning').map(({ check }) => check)).toEqual([
      'firewall',
    ]);
  });

  it('must be told of none of those that are passed over', async () => {
    await setRecords(apiName, 'A');
    const flags = ['--skip-check', 'dns'];
    const { findings } = await attempt(alpha, serverName, { flags, through: ['setarch', 'linux32'] });
    expect(failed(findings)).toEqual(['architecture']);
  });
});

it('a name must be proven by who answers there, where its address is not of this host', async () => {
  const router = await lab.host('router');
  const relay = `require('node:net').createServer((from) => {
    const to = require('node:net').connect(443, '${alpha.address}');
    from.pipe(to).pipe(from); from.on('error', () => to.destroy()); to.on('error', () => from.destroy());
  }).listen(443)`;
  await runDuringTest(router, ['node', '--eval', relay]);
  await router.run([
    'sh',
    '-c',
    "until ss --listening --tcp --numeric | grep --quiet ':443 '; do sleep 0.02; done",
  ]);
  await setRecords(apiName, 'A', router.address);
  const { findings } = await attempt(alpha, serverName, { through: ['setarch', 'linux32'] });
  expect(failed(findings)).toEqual(['architecture']);
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'dns', name: apiName, verdict: 'passed' }),
  );
});

it('a check that there is not must be told, with those that there are', async () => {
  const deployment = await alpha.exec([
    'node',
    '/opt/matrix-deploy-src/bin/matrix-deploy.cjs',
    'apply',
    '--skip-check',
    'dnss',
  ]);
  expect(deployment.exitCode).toBe(2);
  expect(deployment.stderr).toContain('Did you mean dns?');
  expect(deployment.stderr).toContain(checkNames.join(', '));
});

function failed(findings: readonly Finding[]): string[] {
  return findings.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check);
}

async function crash(): Promise<void> {
  await alpha.killEngine();
  onTestFinished(() => alpha.startEngine());
}

/** Sets the clock of the CA so many seconds ahead of the host, or behind. */
async function liveAt(seconds: number): Promise<void> {
  await lab.acme.liveAt(new Date(Date.now() + seconds * 1000));
  onTestFinished(() => lab.acme.heal());
}

async function limitRate(): Promise<void> {
  await lab.acme.limitRate();
  onTestFinished(() => lab.acme.heal());
}

/** A CA certificate that did not issue the CA's own certificate. */
async function makeOtherRoot(): Promise<void> {
  const first = 'sed "/END CERTIFICATE/q" /etc/ssl/certs/ca-certificates.crt >/root/other.pem';
  await change(alpha, first, 'rm /root/other.pem');
}
