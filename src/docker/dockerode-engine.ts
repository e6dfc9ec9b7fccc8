import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { jobLabel } from '../stack/labels.ts';
import { boundedAgent } from './bounded-agent.ts';
import { memoryOfContainer, processorSecondsOfContainer } from './cgroup.ts';
import { listContainers, projectLabel } from './container-list.ts';
import { readEndings, unixSeconds } from './endings.ts';
import type { EngineEndpoint } from './endpoint.ts';
import type { ContainerMemory, Engine, ExecResult } from './engine.ts';
import type { EngineBounds } from './engine-bounds.ts';
import { ignoreUnchanged, noEngine } from './engine-failure.ts';
import { modeOfPathStat } from './engine-socket.ts';
import { execIn } from './exec.ts';
import { followJob } from './follow-job.ts';
import { registryDigest } from './image-reference.ts';
import { followerOf, isAbandoned, removeJobs } from './left-jobs.ts';
import { launchJob, makeDirectories, runJob } from './one-off.ts';
import { demultiplexed } from './output.ts';
import { publishersOf } from './publishers.ts';
import { pullImage } from './pull.ts';
import { removeContainer } from './remove-container.ts';
import { foundNetwork, type InspectedContainer, seenFactsOf } from './running.ts';
import { ownedFile, textIn, withMode } from './tar.ts';
import { type EngineCalls, telling } from './telling.ts';

/**
 * @param processId of the process that follows the one-off containers: when it has ended, they are abandoned. Absent
 *   when no process follows them
 * @throws PreflightError when the engine does not answer
 */
export async function connectEngine(
  endpoint: EngineEndpoint,
  bounds: EngineBounds = {},
  processId?: number,
): Promise<Engine> {
  try {
    await clientOf(endpoint, bounds).ping();
  } catch (error) {
    throw noEngine(error, endpoint);
  }
  return boundEngine(endpoint, bounds, processId);
}

function clientOf({ socketPath }: EngineEndpoint, bounds: EngineBounds): Docker {
  const options = { socketPath, agent: boundedAgent(bounds) };
  return new Docker(options);
}

function boundEngine(endpoint: EngineEndpoint, bounds: EngineBounds, processId: number | undefined): Engine {
  return {
    ...telling(callsOf(clientOf(endpoint, bounds), processId)),
    until: (signal) => boundEngine(endpoint, { ...bounds, signal }, processId),
  };
}

function callsOf(docker: Docker, processId: number | undefined): EngineCalls {
  const followed = async <Job extends object>(job: Job) => ({
    ...job,
    follower: await followerOf(processId),
  });
  return {
    async version() {
      const { Version, Components } = await docker.version();
      return { product: productOf(Components), version: Version };
    },
    async dataRoot() {
      return (await docker.info()).DockerRootDir;
    },
    async pullsIndirectly() {
      const { HttpsProxy, RegistryConfig } = await docker.info();
      return HttpsProxy !== '' || (RegistryConfig?.Mirrors ?? []).length > 0;
    },
    async publishers() {
      return (await docker.listContainers()).flatMap(publishersOf);
    },
    async imageDigest(reference) {
      const image = await orUndefined(docker.getImage(reference).inspect());
      return image === undefined ? undefined : registryDigest(reference, image.RepoDigests ?? []);
    },
    async imageId(reference) {
      return (await orUndefined(docker.getImage(reference).inspect()))?.Id;
    },
    pull: (reference, onBytes) => pullImage(docker, reference, onBytes),
    async containers(project) {
      const all = await docker.listContainers({ all: true, filters: { label: [projectLabel(project)] } });
      return listContainers(all, (id) => orUndefined(docker.getContainer(id).inspect()));
    },
    async inspect(id) {
      const { State, RestartCount, Config, Image, LogPath } = await docker.getContainer(id).inspect();
      return {
        image: Config.Image,
        imageId: Image,
        logPath: LogPath,
        state: State.Status,
        error: State.Error,
        outOfMemory: State.OOMKilled,
        exitCode: State.ExitCode,
        restarts: RestartCount,
        startedAt: State.StartedAt,
        health: State.Health?.Status,
      };
    },
    async memory(id) {
      const container = docker.getContainer(id);
      const seen = await memoryOfContainer(id, (await container.inspect()).State.Pid);
      return seen ?? memoryOf((await container.stats({ stream: false, 'one-shot': true })).memory_stats);
    },
    async running(id) {
      // The types of dockerode do not say what engines leave out or report as null.
      return seenFactsOf((await docker.getContainer(id).inspect()) as unknown as InspectedContainer);
    },
    async network(name) {
      const inspected = await orUndefined(docker.getNetwork(name).inspect());
      return inspected && foundNetwork(inspected);
    },
    async limitsNotKept() {
      const { MemoryLimit, PidsLimit, CpuCfsQuota, CPUShares } = await docker.info();
      const kept = { memory: MemoryLimit, processes: PidsLimit, processor: CpuCfsQuota, weight: CPUShares };
      return (['memory', 'processes', 'processor', 'weight'] as const).filter((limit) => !kept[limit]);
    },
    async processors() {
      const { NCPU, CpuCfsQuota } = await docker.info();
      return CpuCfsQuota ? NCPU : 0;
    },
    async createVolume(name, labels) {
      await docker.createVolume({ Name: name, Labels: { ...labels } });
    },
    async volumeLabels(name) {
      const volume = await orUndefined(docker.getVolume(name).inspect());
      return volume && (volume.Labels ?? {});
    },
    async removeVolume(name) {
      await orUndefined(docker.getVolume(name).remove());
    },
    async joinNetwork(name, Container, aliases) {
      await docker.getNetwork(name).connect({ Container, EndpointConfig: { Aliases: [...aliases] } });
    },
    async leaveNetwork(name, container) {
      await docker.getNetwork(name).disconnect({ Container: container, Force: true });
    },
    async removeNetwork(name) {
      const network = docker.getNetwork(name);
      const { containers } = foundNetwork(await network.inspect());
      await Promise.all(containers.map(({ id }) => network.disconnect({ Container: id, Force: true })));
      await network.remove();
    },
    async logs(id, lines, since) {
      const raw = await docker.getContainer(id).logs({
        stdout: true,
        stderr: true,
        tail: lines,
        ...(since === undefined ? {} : { since: unixSeconds(since) }),
      });
      return demultiplexed(raw)
        .split('\n')
        .filter((line) => line !== '');
    },
    endings: (id, since) => readEndings(docker, id, since),
    async processorSeconds(id) {
      const container = docker.getContainer(id);
      const seen = await processorSecondsOfContainer(id, (await container.inspect()).State.Pid);
      if (seen !== undefined) return seen;
      const stats = await container.stats({ stream: false, 'one-shot': true });
      return stats.cpu_stats.cpu_usage.total_usage / 1e9;
    },
    async mapsUsers() {
      const { SecurityOptions = [] }: { SecurityOptions?: string[] } = await docker.info();
      return SecurityOptions.some((option) => /^name=(?:userns|rootless)\b/.test(option));
    },
    exec: (id, { command, input }) => execIn(docker, id, [...command], input).catch(notRunning),
    run: async (job) => runJob(docker, await followed(job)),
    follow: async (job, session) => followJob(docker, await followed(job), session),
    launch: (job) => launchJob(docker, job),
    async hasJob(project) {
      return (await docker.listContainers({ filters: { label: [`${jobLabel}=${project}`] } })).length > 0;
    },
    makeDirectories: async (request) => makeDirectories(docker, await followed(request)),
    async fileMode(id, path) {
      const answer = await orUndefined(docker.getContainer(id).infoArchive({ path }));
      // An answer that is not read to its end keeps the process alive, even without a body.
      answer?.resume();
      return answer && modeOfPathStat(answer.headers['x-docker-container-path-stat']);
    },
    async readFile(id, path) {
      const archive = await orUndefined(docker.getContainer(id).getArchive({ path }));
      return archive && textIn(archive as Readable);
    },
    async putFile(id, directory, file) {
      await docker.getContainer(id).putArchive(ownedFile(file), { path: directory });
    },
    async setFileMode(id, path, mode) {
      const container = docker.getContainer(id);
      const archive = (await container.getArchive({ path })) as Readable;
      await container.putArchive(await withMode(archive, mode), {
        path: path.slice(0, path.lastIndexOf('/')) || '/',
      });
    },
    removeJobs: (project) => removeJobs(docker, project),
    removeAbandonedJobs: (project) => removeJobs(docker, project, isAbandoned),
    async start(id) {
      await docker.getContainer(id).start().catch(ignoreUnchanged);
    },
    async restart(id) {
      await docker.getContainer(id).restart();
    },
    async stop(id, graceSeconds = 0) {
      await docker.getContainer(id).stop({ t: graceSeconds }).catch(ignoreUnchanged);
    },
    remove: (id) => removeContainer(docker.getContainer(id)),
  };
}

/** Podman has an API like Docker's, and names itself among its components (API of Podman, SystemVersion). */
function productOf(components: { Name: string }[] | undefined): string {
  const name = components?.find((component) => component.Name.includes('Engine'))?.Name ?? 'Engine';
  return name === 'Engine' ? 'Docker' : name.replace(/ Engine$/, '');
}

/** The memory use as `docker stats` shows it: without inactive pages of files, as cgroup v2 and v1 name them. */
function memoryOf({ usage, limit, stats }: Docker.MemoryStats): ContainerMemory | undefined {
  const { inactive_file, total_inactive_file } = (stats ?? {}) as unknown as Record<
    string,
    number | undefined
  >;
  return usage === undefined
    ? undefined
    : { usedBytes: usage - (total_inactive_file ?? inactive_file ?? 0), limitBytes: limit };
}

/** A container that has just crashed or is restarting cannot run a command: to the caller, the command has failed. */
function notRunning(error: unknown): ExecResult {
  if ((error as { statusCode?: number }).statusCode === 409) {
    return { exitCode: 1, stdout: '', stderr: 'its container does not run' };
  }
  throw error;
}

async function orUndefined<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) {
      return undefined;
    }
    throw error;
  }
}
