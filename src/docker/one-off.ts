import type Docker from 'dockerode';
import { ownerText, tmpfsOptions } from '../components/service.ts';
import { messageOf } from '../errors.ts';
import { networkName } from '../stack/running.ts';
import type { DirectoriesRequest, MountedJob, NewDirectories } from './engine.ts';
import { type Followed, jobLabels } from './left-jobs.ts';
import { demultiplexed } from './output.ts';
import { removeContainer } from './remove-container.ts';
import { ownedDirectories } from './tar.ts';

/** Where a container mounts the directory in which others are created. */
const makingPlace = '/matrix-deploy';

/** Runs a container to its end, hardened like the services, and removes it. */
export async function runJob(
  docker: Docker,
  job: Followed<MountedJob>,
): Promise<{ exitCode: number; output: string }> {
  const container = await createJob(docker, job);
  try {
    await prepareJob(docker, container, job);
    const refusal = await startOrRefusal(container);
    if (refusal !== undefined) {
      return { exitCode: notExecutable, output: refusal };
    }
    // Not before the start: the engine takes a container that was not started for one that has ended.
    const { StatusCode } = await container.wait();
    return {
      exitCode: StatusCode,
      output: demultiplexed(await container.logs({ stdout: true, stderr: true })),
    };
  } finally {
    await removeContainer(container);
  }
}

/** Starts a one-off container, and leaves its removal to the engine. */
export async function launchJob(docker: Docker, job: MountedJob): Promise<void> {
  const container = await createJob(docker, job, { HostConfig: { AutoRemove: true } });
  try {
    await prepareJob(docker, container, job);
    await container.start();
  } catch (error) {
    await removeContainer(container);
    throw error;
  }
}

/** The options of a one-off container beside those that all of them have. */
export type JobExtras = Pick<Docker.ContainerCreateOptions, 'OpenStdin' | 'StdinOnce' | 'AttachStdin'> & {
  readonly HostConfig?: Docker.HostConfig;
};

export function createJob(
  docker: Docker,
  job: Followed<MountedJob>,
  extras: JobExtras = {},
): Promise<Docker.Container> {
  const [network] = networksOf(job);
  return docker.createContainer({
    ...extras,
    Image: job.image,
    User: ownerText(job.user),
    Entrypoint: [...job.entrypoint],
    Cmd: [],
    Env: Object.entries(job.environment).map(([name, value]) => `${name}=${value}`),
    Labels: jobLabels(job),
    ...(job.hostname === undefined ? {} : { Hostname: job.hostname }),
    HostConfig: {
      NetworkMode: network ?? 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'json-file', Config: {} },
      GroupAdd: (job.groups ?? []).map(String),
      ...(job.memoryMegabytes === undefined ? {} : { Memory: job.memoryMegabytes * 2 ** 20 }),
      ...(job.processorWeight === undefined ? {} : { CpuShares: job.processorWeight }),
      Tmpfs: Object.fromEntries(job.tmpfs.map((tmpfs) => [tmpfs.target, tmpfsOptions(tmpfs)])),
      ...(job.made === undefined
        ? {
            Mounts: job.mounts.filter(({ optional }) => !optional).map(existing),
            Binds: job.mounts.filter(({ optional }) => optional).map(existingOrNot),
          }
        : { Binds: [makingMount(job.made), ...job.mounts.map(existingOrNot)] }),
      ...extras.HostConfig,
    },
  });
}

/** The full names of the networks of a job. */
function networksOf({ project, networks = [] }: MountedJob): string[] {
  return networks.map((name) => (name === 'outward' ? 'bridge' : networkName(project, name)));
}

/**
 * Creates directories and connects further networks before the start: an engine does both only for an existing
 * container.
 */
export async function prepareJob(
  docker: Docker,
  container: Docker.Container,
  job: MountedJob,
): Promise<void> {
  if (job.made !== undefined) {
    await makeIn(container, job.made);
  }
  for (const name of networksOf(job).slice(1)) {
    await docker.getNetwork(name).connect({ Container: container.id });
  }
}

/** The exit code of a shell, and of the docker command, for a program that cannot be run. */
export const notExecutable = 127;

/**
 * Starts a container.
 *
 * @returns why the program of its image cannot be run (it is missing, or for another processor); `undefined` when it
 *   was started
 */
export async function startOrRefusal(container: Docker.Container): Promise<string | undefined> {
  try {
    await container.start();
    return undefined;
  } catch (error) {
    const said = messageOf(error);
    if (/exec(?:utable file not found| format error)|exec: "/.test(said)) {
      return said;
    }
    throw error;
  }
}

function makingMount({ parent }: NewDirectories): string {
  return `${parent}:${makingPlace}`;
}

/** Lets the engine unpack the directories onto the mount: that needs no process in the container. */
async function makeIn(container: Docker.Container, { directories }: NewDirectories): Promise<void> {
  await container.putArchive(ownedDirectories(directories), { path: makingPlace });
}

type JobMount = MountedJob['mounts'][number];

/** A mount whose source must exist when the container is created. */
function existing({ source, target, writable }: JobMount): Docker.MountConfig[number] {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: !writable };
}

/** A mount whose source may be created later than the container. */
function existingOrNot({ source, target, writable }: JobMount): string {
  return `${source}:${target}${writable ? '' : ':ro'}`;
}

/**
 * Creates directories with owners that this process may have no right to set: the engine unpacks an archive onto a
 * mount of a container that never starts. No process runs in it.
 */
export async function makeDirectories(
  docker: Docker,
  { project, image, follower, ...made }: Followed<DirectoriesRequest>,
): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Labels: jobLabels({ project, follower }),
    HostConfig: { NetworkMode: 'none', Binds: [makingMount(made)] },
  });
  try {
    await makeIn(container, made);
  } finally {
    await removeContainer(container);
  }
}
