import type Docker from 'dockerode';
import { expect, test } from 'vitest';
import { runJob } from '../../../src/docker/one-off.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfig } from '../../fakes/configurations.ts';

/** An engine that runs nothing, and keeps what it was asked to create. */
function recordingDocker(start: () => Promise<void>) {
  const created: Docker.ContainerCreateOptions[] = [];
  const removed: object[] = [];
  const docker = {
    async createContainer(options: Docker.ContainerCreateOptions) {
      created.push(options);
      return {
        start,
        putArchive: async () => undefined,
        wait: async () => ({ StatusCode: 0 }),
        logs: async () => Buffer.alloc(0),
        remove: async (options: object) => void removed.push(options),
      };
    },
  } as unknown as Docker;
  return { docker, created, removed };
}

const { caches, checks, data, project } = describeStack(localConfig, {});
const jobs = [
  ...checks.map(({ job }) => job),
  ...caches.map(({ job }) => job),
  ...data.flatMap(({ initialise }) => initialise ?? []),
];

test.each(jobs.map((job) => [job.entrypoint[0], job] as const))(
  '%s must run hardened',
  async (_name, job) => {
    const { docker, created, removed } = recordingDocker(async () => undefined);
    await runJob(docker, { ...job, project, mounts: [] });
    expect(created[0]).toMatchObject({
      User: expect.stringMatching(/^[1-9][0-9]*:[1-9][0-9]*$/),
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        ReadonlyRootfs: true,
      },
    });
    expect(removed).toEqual([{ force: true, v: true }]);
  },
);

test('a one-off container that does not start must be removed, with its anonymous volumes', async () => {
  const [job] = jobs;
  const { docker, removed } = recordingDocker(() => Promise.reject(new Error('no such program')));
  await expect(runJob(docker, { ...job, project, mounts: [] } as never)).rejects.toThrow('no such program');
  expect(removed).toEqual([{ force: true, v: true }]);
});

test('what a job fills must be mounted though it is made only then, and read-only where it is not written', async () => {
  const { docker, created } = recordingDocker(async () => undefined);
  const [job] = jobs;
  const mounts = [
    { source: '/srv/data/postgres.new', target: '/data', writable: true },
    { source: '/srv/conf', target: '/conf' },
  ];
  const made = { parent: '/srv/data', directories: [] };
  await runJob(docker, { ...job, project, mounts, made } as never);
  expect(created[0]?.HostConfig?.Binds).toEqual([
    '/srv/data:/matrix-deploy',
    '/srv/data/postgres.new:/data',
    '/srv/conf:/conf:ro',
  ]);
});

test('a job must have the networks, the groups and the limit that it asks for', async () => {
  const { docker, created } = recordingDocker(async () => undefined);
  const connected: unknown[] = [];
  const networks = (name: string) => ({ connect: async () => void connected.push(name) });
  const [job] = jobs;
  const asked = { networks: ['data', 'web'], groups: [991], hostname: 'backup', memoryMegabytes: 256 };
  await runJob(
    { ...docker, getNetwork: networks } as never,
    { ...job, ...asked, project: 'p', mounts: [] } as never,
  );
  expect(created[0]).toMatchObject({
    Hostname: 'backup',
    HostConfig: { NetworkMode: 'p_data', GroupAdd: ['991'], Memory: 268_435_456 },
  });
  expect(connected).toEqual(['p_web']);
});
