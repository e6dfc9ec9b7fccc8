import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const project = 'matrix-localhost';
const container = (service: string) => `${project}-${service}-1`;

interface PlanAnswer {
  changes: { resource: string; drift?: string[] }[];
}

beforeAll(async () => {
  await deployment.init();
  await deployment.exits(0, 'apply');
});

describe('what steers Compose', () => {
  it('must change nothing of what runs, in the environment or in a .env file', async () => {
    await deployment.writeFile('.env', 'COMPOSE_PROJECT_NAME=dotenv\nCOMPOSE_FILE=other.yml\n');
    await deployment.edit({ traefik: { memory: '240m' } });
    const steering = [
      'COMPOSE_PROJECT_NAME=other',
      'COMPOSE_PROFILES=x',
      'DOCKER_DEFAULT_PLATFORM=linux/s390x',
    ];
    await host.run(['env', ...steering, ...deployment.command('apply')]);
    // Compose marks its containers; the jobs that the tool runs itself have no such label.
    const compose = 'com.docker.compose.project';
    const format = `{{.Label "${compose}"}}`;
    const projects = await host.run([
      'docker',
      'ps',
      '--all',
      '--filter',
      `label=${compose}`,
      '--format',
      format,
    ]);
    expect(new Set(projects.trim().split('\n'))).toEqual(new Set([project]));
    await deployment.exits(0, 'status');
    await host.run(['rm', deployment.path('.env')]);
  });

  it.each(['docker-compose.override.yml', 'compose.yaml'])('must be refused as %s, by name', async (name) => {
    await deployment.writeFile(name, 'services: {synapse: {privileged: true}}\n');
    const before = await deployment.snapshot();
    for (const argv of [['plan'], ['apply'], ['init', '--local', '--yes']]) {
      expect((await deployment.exits(3, ...argv)).stderr).toContain(name);
    }
    expect(await deployment.snapshot()).toEqual(before);
    await host.run(['rm', deployment.path(name)]);
  });
});

describe('what somebody changed on what runs', () => {
  afterEach(async () => {
    await deployment.exits(0, 'apply');
  });

  const replaced = async () => {
    const { Config } = await deployment.container('postgres');
    const labels = Object.entries(Config.Labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
    const data = `type=bind,source=${deployment.path('data/postgres')},target=/var/lib/postgresql/data`;
    const settings = `type=bind,source=${deployment.path('postgres')},target=/etc/matrix-deploy,readonly`;
    await host.run(['docker', 'rm', '--force', container('postgres')]);
    const own = ['--user', '999:999', '--cap-add', 'NET_ADMIN', '--tmpfs', '/run/postgresql:uid=999,gid=999'];
    const network = ['--network', `${project}_data`, '--network-alias', 'postgres'];
    const mounts = ['--mount', data, '--mount', settings, '--env', 'PGDATA=/var/lib/postgresql/data'];
    const started = ['--detach', '--name', container('postgres'), ...own, ...network, ...mounts, ...labels];
    await host.run(['docker', 'run', ...started, Config.Image, ...(Config.Cmd ?? [])]);
  };
  const docker = (...argv: string[]) => host.run(['docker', ...argv]);

  it.each<[string, string, string, () => Promise<unknown>]>([
    [
      'the proxy off its network',
      'traefik',
      'web missing',
      () => docker('network', 'disconnect', `${project}_web`, container('traefik')),
    ],
    [
      'the database off its network',
      'postgres',
      'data missing',
      () => docker('network', 'disconnect', `${project}_data`, container('postgres')),
    ],
    [
      'the database with a way out',
      'postgres',
      'bridge added',
      () => docker('network', 'connect', 'bridge', container('postgres')),
    ],
    [
      'another limit',
      'traefik',
      'memory limit',
      () => docker('update', '--memory', '200m', '--memory-swap', '400m', container('traefik')),
    ],
    [
      'another restart policy',
      'synapse',
      'restart policy',
      () => docker('update', '--restart', 'no', container('synapse')),
    ],
    ['another container with a capability, under the same labels', 'postgres', 'NET_ADMIN added', replaced],
  ])('must be shown by plan and repaired by apply: %s', async (_what, service, words, change) => {
    await change();
    const { changes } = await deployment.ask<PlanAnswer>('plan');
    expect(
      changes.find(({ resource, drift }) => resource.includes(service) && drift)?.drift?.join(),
    ).toContain(words);
    expect((await deployment.exits(8, 'status')).stdout).toContain(`${service} was changed by hand`);
    await deployment.exits(0, 'apply');
    const { changes: left } = await deployment.ask<PlanAnswer>('plan');
    expect(left.filter(({ drift }) => drift)).toEqual([]);
    await deployment.exits(0, 'status');
  });
});
