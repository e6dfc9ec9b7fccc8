import { rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DataSpec } from '../components/data.ts';
import type { Job, Mount } from '../components/service.ts';
import type { MountedJob } from '../docker/engine.ts';
import { removeData } from '../docker/remove-data.ts';
import { UserError } from '../errors.ts';
import { ensureDirectory } from '../host/files.ts';
import { lastLines } from '../host/text.ts';
import { modes, stagingPath } from '../layout.ts';
import { type Deployment, inDirectory } from './deployment.ts';

/**
 * Creates a data directory under a temporary name, with its owner and its content, and then gives it its name. If the
 * run is killed before that, nothing uses the temporary directory, and the next run removes it.
 */
export async function prepareData(
  deployment: Deployment,
  project: string,
  { path, owner, mode, directories, initialise }: DataSpec,
  image: string,
): Promise<void> {
  const { engine } = deployment;
  const staging = stagingPath(path);
  const parent = inDirectory(deployment, dirname(path));
  await ensureDirectory(parent, modes.directory);
  await removeData(engine, {
    project,
    path: inDirectory(deployment, staging),
    owner,
    images: [image],
  });
  const name = basename(staging);
  const made = {
    parent,
    directories: [name, ...directories.map((directory) => `${name}/${directory}`)].map((entry) => ({
      path: entry,
      owner,
      mode,
    })),
  };
  if (initialise === undefined) {
    await engine.makeDirectories({ ...made, project, image });
  } else {
    const job = mountJob(deployment, project, initialise, (source) => (source === path ? staging : source));
    const { exitCode, output } = await engine.run({ ...job, made });
    if (exitCode !== 0) {
      throw new UserError(`${path} could not be initialised`, {
        code: 'apply.initialise',
        details: lastLines(output),
        hint: 'Nothing uses it yet. Fix the cause, then run the command again.',
      });
    }
  }
  await rename(inDirectory(deployment, staging), inDirectory(deployment, path));
}

/** A job with its mounts as paths on this host. */
export function mountJob(
  deployment: Pick<Deployment, 'directory'>,
  project: string,
  job: Job,
  redirect: (source: string) => string,
): MountedJob {
  const mounts = job.mounts.map((mount: Mount) => ({
    ...mount,
    source: inDirectory(deployment, redirect(mount.source)),
  }));
  return { ...job, project, mounts };
}
