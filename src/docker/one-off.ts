import type Docker from 'dockerode';
import { ownerText, tmpfsOptions } from '../components/service.ts';
import { messageOf } from '../errors.ts';
import { jobLabel } from '../stack/labels.ts';
import type { DirectoriesRequest, MountedJob, NewDirectories } from './engine.ts';
import { demultiplexed } from './output.ts';
import { ownedDirectories } from './tar.ts';

/** Where a container sees the directory that others are made in. */
const makingPlace = '/matrix-deploy';

/** Runs a container to its end, hardened like the services and without a network, and removes it. */
export async function runJob(docker: Docker, job: MountedJob): Promise<{ exitCode: number; output: string }> {
  const container = await createJob(docker, job);
  try {
    if (job.made !== undefined) {
      await makeIn(container, job.made);
    }
    const refusal = await startOrRefusal(container);
    if (refusal !== undefined) {
      return { exitCode: notExecutable, output: refusal };
    }
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

/** Starts such a container, and leaves its removal to the engine. */
export async function launchJob(docker: Docker, job: MountedJob): Promise<void> {
  const container = await createJob(docker, job, { AutoRemove: true });
  try {
    if (job.made !== undefined) {
      await makeIn(container, job.made);
    }
    await container.start();
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw error;
  }
}

function createJob(docker: Docker, job: MountedJob, more: Docker.HostConfig = {}): Promise<Docker.Container> {
  return docker.createContainer({
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
      ...(job.made === undefined
        ? {
            Mounts: job.mounts.filter(({ optional }) => !optional).map(existing),
            Binds: job.mounts.filter(({ optional }) => optional).map(existingOrNot),
          }
        : { Binds: [makingMount(job.made), ...job.mounts.map(existingOrNot)] }),
      ...more,
    },
  });
}

/** What a shell says of a command that it cannot run, and what the engine's own command line ends with. */
const notExecutable = 127;

/** Why an image's program cannot be started (it is not there, or for another processor); `undefined` when it was. */
async function startOrRefusal(container: Docker.Container): Promise<string | undefined> {
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

/** The engine unpacks them onto the mount: that needs no process in the container. */
async function makeIn(container: Docker.Container, { directories }: NewDirectories): Promise<void> {
  await container.putArchive(ownedDirectories(directories), { path: makingPlace });
}

type JobMount = MountedJob['mounts'][number];

/** A mount of which the engine insists that it is there. */
function existing({ source, target, writable }: JobMount): Docker.MountConfig[number] {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: !writable };
}

/** A mount that may be made only when the container is there. */
function existingOrNot({ source, target, writable }: JobMount): string {
  return `${source}:${target}${writable ? '' : ':ro'}`;
}

/**
 * Makes directories with owners that we need not be allowed to set: a container that never starts lets the engine unpack
 * an archive onto a mount. No process runs.
 */
export async function makeDirectories(
  docker: Docker,
  { project, image, ...made }: DirectoriesRequest,
): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Labels: { [jobLabel]: project },
    HostConfig: { NetworkMode: 'none', Binds: [makingMount(made)] },
  });
  try {
    await makeIn(container, made);
  } finally {
    await container.remove({ force: true, v: true });
  }
}
