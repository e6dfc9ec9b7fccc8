import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '../../src/components/service.ts';
import type { ContainerHealth, Engine } from '../../src/docker/engine.ts';
import { foundNetwork, type InspectedContainer, seenFactsOf } from '../../src/docker/running.ts';
import { UserError } from '../../src/errors.ts';
import type { ContainerFacts } from '../../src/stack/running.ts';
import type { FakeContainers } from './containers.ts';
import { fakeJob, makeDirectories, succeeded } from './programs.ts';
import type { FakeWorld } from './world.ts';

/** The engine of a fake world. */
export function fakeEngine(world: FakeWorld, { crashOf, definitionOf, start }: FakeContainers): Engine {
  let restarts = 0;
  return {
    until: () => world.engine,
    version: async () => ({ product: 'Docker', version: world.versions.engine }),
    dataRoot: async () => '/var/lib/docker',
    pullsIndirectly: async () => false,
    publishers: async () => [],
    imageDigest: async (reference) => world.images.get(reference.replace(/@.*/, '')),
    imageId: async (reference) => world.images.get(reference.replace(/@.*/, '')),
    async pull(reference) {
      const tag = reference.replace(/@.*/, '');
      world.log.push(`pull ${reference}`);
      const digest = world.registry.get(tag);
      if (digest === undefined) {
        throw new UserError(`image ${reference} could not be pulled: manifest unknown`, {
          code: 'docker.pull',
        });
      }
      world.images.set(tag, digest);
    },
    memory: async () => undefined,
    containers: async () =>
      [...world.containers.values()].map((one) => (world.listIsBehind ? { ...one, state: 'running' } : one)),
    async inspect(id): Promise<ContainerHealth> {
      const container = world.containers.get(id) as ContainerFacts;
      // It crashes a few times between two looks.
      restarts += crashOf(container) === undefined ? 0 : 3;
      return {
        image: container.image,
        imageId: container.imageId,
        logPath: '',
        state: container.state,
        error: '',
        outOfMemory: false,
        exitCode: 0,
        restarts,
        startedAt: '2026-01-01T00:00:00Z',
        health: undefined,
      };
    },
    endings: async () => ({ exitCode: undefined, outOfMemory: false }),
    processorSeconds: async () => 0,
    // Its users are not those of the machine that the test runs on.
    mapsUsers: async () => true,
    running: async (id) => ({
      ...seenFactsOf(world.inspected.get(id) as InspectedContainer),
      state: world.containers.get(id)?.state ?? 'running',
    }),
    async network(name) {
      const network = world.networks.get(name);
      return network && foundNetwork(network);
    },
    limitsNotKept: async () => world.limitsNotKept,
    processors: async () => 2,
    async joinNetwork(name, id, Aliases) {
      world.log.push(`connect ${world.containers.get(id)?.service} to ${name} as ${Aliases.join()}`);
      const inspected = world.inspected.get(id) as InspectedContainer;
      const Networks = { ...inspected.NetworkSettings.Networks, [name]: { Aliases } };
      world.inspected.set(id, { ...inspected, NetworkSettings: { ...inspected.NetworkSettings, Networks } });
    },
    async leaveNetwork(name, id) {
      world.log.push(`disconnect ${world.containers.get(id)?.service} from ${name}`);
      const inspected = world.inspected.get(id) as InspectedContainer;
      const { [name]: _left, ...Networks } = inspected.NetworkSettings.Networks ?? {};
      world.inspected.set(id, { ...inspected, NetworkSettings: { ...inspected.NetworkSettings, Networks } });
    },
    async removeNetwork(name) {
      world.log.push(`remove network ${name}`);
      world.networks.delete(name);
    },
    async logs(id) {
      return crashOf(world.containers.get(id) as ContainerFacts)?.split('\n') ?? [];
    },
    async exec(id, { command, input }: Exec) {
      world.log.push(`exec ${world.containers.get(id)?.service}: ${command.join(' ')}`);
      const crash = crashOf(world.containers.get(id) as ContainerFacts);
      if (crash !== undefined) return { exitCode: 1, stdout: '', stderr: 'its container does not run' };
      if (command.includes('ask')) return succeeded();
      return world.programs[String(command[0])]?.(input) ?? { ...succeeded(), exitCode: 127 };
    },
    async run(job) {
      world.log.push(`run ${job.entrypoint.join(' ')} ${JSON.stringify(job.environment)}`);
      return fakeJob(world, job);
    },
    follow: async () => ({ exitCode: 0 }),
    async launch(job) {
      world.log.push(`launch ${job.entrypoint.join(' ')}`);
      await fakeJob(world, job);
    },
    hasJob: async () => world.jobRuns,
    removeAbandonedJobs: async () => {},
    async createVolume(name, labels) {
      if (!world.volumes.has(name)) world.volumes.set(name, labels);
    },
    volumeLabels: async (name) => world.volumes.get(name),
    async removeVolume(name) {
      world.volumes.delete(name);
    },
    makeDirectories,
    fileMode: async () => undefined,
    readFile: async () => undefined,
    async putFile(id, place, { path, text, mode }) {
      const { directory, service } = world.containers.get(id) as ContainerFacts;
      const { volumes } = definitionOf(id);
      const mount = volumes.find(({ target }) => place === target || place.startsWith(`${target}/`));
      world.log.push(`put ${path} into ${place} of ${service}`);
      const source = join(directory, String(mount?.source), place.slice(String(mount?.target).length));
      await writeFile(join(source, path), text, { mode });
    },
    async setFileMode() {},
    async removeJobs() {
      world.jobRuns = false;
    },
    start,
    async restart() {},
    async stop(id) {
      const container = world.containers.get(id) as ContainerFacts;
      world.log.push(`stop ${container.service}`);
      world.containers.set(id, { ...container, state: 'exited', status: 'Exited (137)' });
    },
    async remove(id) {
      world.log.push(`remove ${world.containers.get(id)?.service}`);
      world.containers.delete(id);
    },
  };
}
