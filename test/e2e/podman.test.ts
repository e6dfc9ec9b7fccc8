import { beforeAll, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { offerPackages } from './support/package-repository.ts';
import { type Attempt, attempt } from './support/refused-host.ts';

const lab = await attachLab();
const host = await lab.host('podman', { engine: '20.10' });
const socket = '/run/podman/podman.sock';

/** Podman, and what it needs that the host lacks. */
const packages = [
  'podman',
  'conmon',
  'golang-github-containers-common',
  'golang-github-containers-image',
  'netavark',
  'libglib2.0-0',
  'libgpgme11',
  'libassuan0',
  'libsemanage2',
  'libsubid4',
];

beforeAll(async () => {
  await host.stopEngine();
  await offerPackages(host, 'bookworm', packages);
  // Without what they depend on for more than to answer.
  await host.run(['sh', '-c', 'dpkg --install --force-depends /srv/packages/*.deb']);
  // As Debian's package podman-docker does it.
  await host.run(['sh', '-c', `mkdir -p /run/podman && ln -sf ${socket} /run/docker.sock`]);
  await host.start(['podman', '--storage-driver=vfs', 'system', 'service', '--time=0', `unix://${socket}`]);
  const answers = `until curl --silent --unix-socket ${socket} http://docker/_ping; do sleep 0.02; done`;
  await host.run(['sh', '-c', answers], { timeoutSeconds: 20 });
});

it.each<[string, Attempt]>([
  ["in the place of Docker's engine", {}],
  ['under a name of its own', { through: ['env', `DOCKER_HOST=unix://${socket}`] }],
])('Podman %s must be called by its name and refused, with nothing written', async (_, how) => {
  const { exitCode, findings, written } = await attempt(host, 'podman.test', how);
  const found = findings.find(({ check }) => check === 'engine');
  expect({ exitCode, verdict: found?.verdict, written }).toEqual({
    exitCode: 4,
    verdict: 'failed',
    written: [],
  });
  expect(found?.finding).toMatch(/^Podman \d+\.\d+\.\d+ answers in place of Docker/);
  expect(found?.remedy).toContain('Install Docker Engine');
});
