import { chmod, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Owner } from '../../components/service.ts';
import type { Engine } from '../../docker/engine.ts';
import { removeData } from '../../docker/remove-data.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../../host/files.ts';
import { layout, modes } from '../../layout.ts';
import { markFirstRun } from '../../state/first-run.ts';
import type { RestoredFile } from './read-archive.ts';

/** Where the content of a backup is put together. */
export interface Workplace {
  /** Below the deployment directory. */
  readonly path: string;
  /** What the containers that work there belong to. */
  readonly project: string;
}

/** The one of `restore`, whose containers belong to no deployment yet. */
export const restoring: Workplace = { path: layout.restore, project: 'matrix-restore' };

/** Its presence says that everything is there, and is being put into its place. */
const completeFile = `${restoring.path}/complete`;

export interface Stage {
  readonly engine: Engine;
  /** The deployment directory, absolute. */
  readonly directory: string;
  readonly workplace: Workplace;
  /** An image on this host that has `find`. */
  readonly image: string;
}

/** The set that a run before has put together, where it was ended while it put that into its place. */
export async function completeSet({ directory }: Pick<Stage, 'directory'>): Promise<string | undefined> {
  return (await readIfExists(join(directory, completeFile)))?.trim();
}

/** Begins with an empty place: what a run before has left in it was never used, and what it has left at work is ended. */
export async function beginStaging(stage: Stage): Promise<void> {
  await stage.engine.removeJobs(stage.workplace.project);
  await removeStaging(stage);
  await ensureDirectory(join(stage.directory, layout.state), modes.stateDirectory);
  await mkdir(stagedPath(stage, ''), { recursive: true, mode: 0o700 });
}

/** Removes what was put together, with what belongs to the users of containers. */
export async function removeStaging(stage: Stage): Promise<void> {
  const { engine, directory, image, workplace } = stage;
  const place = join(directory, workplace.path);
  for (const holder of [stagedPath(stage, 'data'), place]) {
    for (const name of await readdir(holder).catch(() => [])) {
      const path = join(holder, name);
      const { uid, gid } = await lstat(path);
      if (uid !== 0) {
        await removeData(engine, {
          ...{ project: workplace.project, path, owner: { uid, gid } },
          images: [image],
        });
      }
    }
  }
  await rm(place, { recursive: true, force: true });
}

/** The path in which something of the deployment is put together. @param path below the deployment directory */
export function stagedPath(
  { directory, workplace }: Pick<Stage, 'directory' | 'workplace'>,
  path: string,
): string {
  return join(directory, workplace.path, 'deployment', path);
}

/** Makes an empty directory of a user's beside the deployment. @returns its path */
export async function besideDeployment(stage: Stage, name: string, owner: Owner): Promise<string> {
  const path = join(stage.directory, stage.workplace.path, name);
  await makeOwned(stage, path, owner, { mode: modes.directory });
  return path;
}

/** Makes an empty directory of a user's, with directories in it. */
export async function makeOwned(
  { engine, image, workplace: { project } }: Stage,
  path: string,
  owner: Owner,
  { mode, directories = [] }: { mode: number; directories?: readonly string[] },
): Promise<void> {
  const parent = dirname(path);
  await ensureDirectory(parent, parent.endsWith('/data') ? modes.directory : modes.stateDirectory);
  const name = basename(path);
  await engine.makeDirectories({
    project,
    image,
    parent,
    directories: [name, ...directories.map((below) => `${name}/${below}`)].map((each) => ({
      path: each,
      owner,
      mode,
    })),
  });
}

/** Writes the small files of the deployment: what only the operator reads until it is applied. */
export async function writeStaged(stage: Stage, files: readonly RestoredFile[]): Promise<void> {
  for (const { path, mode, bytes } of files) {
    const target = stagedPath(stage, path);
    await mkdir(dirname(target), { recursive: true, mode: modesOf(path) });
    await writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
    await chmod(target, mode);
  }
}

function modesOf(path: string): number {
  return [layout.secrets, layout.state].some((name) => path.startsWith(`${name}/`)) ? 0o700 : modes.directory;
}

/**
 * Puts everything into its place, and matrix.yaml last: with it the directory is a deployment. Goes on where a run before
 * was ended. What is put there has never served on this host, which is marked.
 */
export async function settleStaged(stage: Stage, set: string): Promise<void> {
  const { directory } = stage;
  await writeAtomically(join(directory, completeFile), `${set}\n`, modes.state);
  const names = await readdir(stagedPath(stage, ''));
  for (const name of names.filter((one) => one !== layout.state && one !== layout.config)) {
    await rename(stagedPath(stage, name), join(directory, name));
  }
  for (const name of await readdir(stagedPath(stage, layout.state)).catch(() => [])) {
    await rename(stagedPath(stage, join(layout.state, name)), join(directory, layout.state, name));
  }
  await markFirstRun(directory);
  await rename(stagedPath(stage, layout.config), join(directory, layout.config));
  await removeStaging(stage);
}
