import { PassThrough, type Readable } from 'node:stream';
import Docker from 'dockerode';
import { ownerText, tmpfsOptions } from '../components/service.ts';
import { UserError } from '../errors.ts';
import { jobLabel } from '../stack/labels.ts';
import type { DirectoriesRequest, Engine, ExecResult, MountedJob } from './engine.ts';
import { containerFacts, modeOfPathStat, projectLabel } from './engine-socket.ts';
import { ownedDirectories, withMode } from './tar.ts';

/** The engine that DOCKER_HOST or the default socket names. */
export function connectEngine(docker = new Docker()): Engine {
  return {
    async version() {
      return (await docker.version()).Version;
    },
    async imageDigest(reference) {
      const image = await orUndefined(docker.getImage(reference).inspect());
      return image === undefined ? undefined : registryDigest(reference, image.RepoDigests ?? []);
    },
    async pull(reference, onBytes) {
      await pull(docker, reference, onBytes);
    },
    async containers(project) {
      const all = await docker.listContainers({ all: true, filters: { label: [projectLabel(project)] } });
      return all.map(containerFacts);
    },
    async inspect(id) {
      const { State, RestartCount } = await docker.getContainer(id).inspect();
      return {
        state: State.Status,
        exitCode: State.ExitCode,
        restarts: RestartCount,
        startedAt: State.StartedAt,
        health: State.Health?.Status,
      };
    },
    async logs(id, lines) {
      const raw = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: lines });
      return demultiplexed(raw)
        .split('\n')
        .filter((line) => line !== '');
    },
    exec: (id, { command, input }) => exec(docker, id, [...command], input),
    run: (job) => run(docker, job),
    makeDirectories: (request) => makeDirectories(docker, request),
    async fileMode(id, path) {
      const answer = await orUndefined(docker.getContainer(id).infoArchive({ path }));
      // An answer that nobody reads to its end keeps the process alive, although it has no body.
      answer?.resume();
      return answer && modeOfPathStat(answer.headers['x-docker-container-path-stat']);
    },
    async setFileMode(id, path, mode) {
      const container = docker.getContainer(id);
      const archive = (await container.getArchive({ path })) as Readable;
      await container.putArchive(await withMode(archive, mode), {
        path: path.slice(0, path.lastIndexOf('/')) || '/',
      });
    },
    async removeJobs(project) {
      const left = await docker.listContainers({ all: true, filters: { label: [`${jobLabel}=${project}`] } });
      await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    },
    async restart(id) {
      await docker.getContainer(id).restart();
    },
    async remove(id) {
      await docker.getContainer(id).remove({ force: true, v: true });
    },
  };
}

// The promise of a pull resolves when it starts, and a failed one reports its error inside the stream.
async function pull(
  docker: Docker,
  reference: string,
  onBytes?: (done: number, total: number) => void,
): Promise<void> {
  const layers = new Map<string, { current: number; total: number }>();
  const onProgress = ({ id, status, progressDetail }: PullEvent) => {
    if (status === 'Downloading' && id !== undefined && progressDetail?.total !== undefined) {
      layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total });
      const sum = (key: 'current' | 'total') =>
        [...layers.values()].reduce((all, layer) => all + layer[key], 0);
      onBytes?.(sum('current'), sum('total'));
    }
  };
  try {
    const stream = await docker.pull(reference);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()), onProgress);
    });
  } catch (cause) {
    throw new UserError(`image ${reference} could not be pulled: ${describePullFailure(cause)}`, {
      code: 'docker.pull',
      hint: 'Nothing was started or stopped. Check the network and the registry, then run the command again.',
      cause,
    });
  }
}

interface PullEvent {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
}

function describePullFailure(cause: unknown): string {
  const { json, message } = cause as { json?: { message?: string }; message?: string };
  return json?.message ?? message ?? String(cause);
}

async function exec(docker: Docker, id: string, command: string[], input = ''): Promise<ExecResult> {
  const started = await docker.getContainer(id).exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await started.start({ hijack: true, stdin: true });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve).once('close', resolve).once('error', reject);
  });
  stream.end(input);
  await ended;
  const { ExitCode } = await started.inspect();
  return { exitCode: ExitCode ?? 1, stdout: buffered(stdout), stderr: buffered(stderr) };
}

async function run(docker: Docker, job: MountedJob): Promise<{ exitCode: number; output: string }> {
  const container = await docker.createContainer({
    Image: job.image,
    User: ownerText(job.user),
    Entrypoint: [...job.entrypoint],
    Cmd: [],
    Env: Object.entries(job.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { [jobLabel]: job.project },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'json-file', Config: {} },
      Tmpfs: Object.fromEntries(job.tmpfs.map((tmpfs) => [tmpfs.target, tmpfsOptions(tmpfs)])),
      Mounts: job.mounts.map(({ source, target, writable }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: !writable,
      })),
    },
  });
  try {
    await container.start();
    // Only now: a container that was not started yet counts as one that has ended.
    const { StatusCode } = await container.wait();
    return {
      exitCode: StatusCode,
      output: demultiplexed(await container.logs({ stdout: true, stderr: true })),
    };
  } finally {
    await container.remove({ force: true, v: true });
  }
}

// A container that never starts lets the engine unpack an archive onto a mount: it sets the owners, no process runs.
async function makeDirectories(
  docker: Docker,
  { project, parent, image, directories }: DirectoriesRequest,
): Promise<void> {
  const target = '/matrix-deploy';
  const container = await docker.createContainer({
    Image: image,
    Labels: { [jobLabel]: project },
    HostConfig: { NetworkMode: 'none', Binds: [`${parent}:${target}`] },
  });
  try {
    await container.putArchive(ownedDirectories(directories), { path: target });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

function registryDigest(reference: string, digests: readonly string[]): string | null {
  const repository = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const own = digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0];
  return own?.split('@')[1] ?? null;
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

/** The engine's stream format: frames of one byte for the stream, three of padding, four for the length, then the text. */
function demultiplexed(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}

function buffered(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString('utf8') ?? '';
}
