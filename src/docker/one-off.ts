import type Docker from 'dockerode';
import { ownerText, tmpfsOptions } from '../components/service.ts';
import { jobLabel } from '../stack/labels.ts';
import type { DirectoriesRequest, MountedJob } from './engine.ts';
import { demultiplexed } from './output.ts';
import { ownedDirectories } from './tar.ts';

/** Runs a container to its end, hardened like the services and without a network, and removes it. */
export async function runJob(docker: Docker, job: MountedJob): Promise<{ exitCode: number; output: string }> {
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

/**
 * Makes directories with owners that we need not be allowed to set: a container that never starts lets the engine unpack
 * an archive onto a mount. No process runs.
 */
export async function makeDirectories(
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
