import { chmod, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Owner } from '../../components/service.ts';
import type { Engine } from '../../docker/engine.ts';
import { removeData } from '../../docker/remove-data.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../../host/files.ts';
import { layout, modes } from '../../layout.ts';
import { markFirstRun } from '../../state/first-run.ts';
import type { RestoredFile } from './read-archive.ts';

/** A directory in which the content of a backup is staged. */
export interface Workplace {
  /** Below the deployment directory. */
  readonly path: string;
  /** The project of the containers that work there. */
  readonly project: string;
}

/** The workplace of `restore`. Its containers belong to no deployment yet. */
export const restoring: Workplace = { path: layout.restore, project: 'matrix-restore' };

/** Exists when everything is staged, and is being moved into place. */
const completeFile = `${restoring.path}/complete`;

export interface Stage {
  readonly engine: Engine;
  /** The deployment directory, absolute. */
  readonly directory: string;
  readonly workplace: Workplace;
  /** An image on this host that has `find`. */
  readonly image: string;
}

/** The set that an earlier run has staged completely; `undefined` unless it ended while moving files into place. */
export async function completeSet({ directory }: Pick<Stage, 'directory'>): Promise<string | undefined> {
  return (await readIfExists(join(directory, completeFile)))?.trim();
}

/** Creates an empty workplace. Removes containers and files of an earlier run there: nothing has used these files. */
export async function beginStaging(stage: Stage): Promise<void> {
  await stage.engine.removeJobs(stage.workplace.project);
  await removeStaging(stage);
  await ensureDirectory(join(stage.directory, layout.state), modes.stateDirectory);
  await mkdir(stagedPath(stage, ''), { recursive: true, mode: 0o700 });
}

/** Removes the workplace, with the files in it that belong to the users of containers. */
export async function removeStaging(stage: Stage): Promise<void> {
  await removeEntries(stage, stagedPath(stage, 'data'));
  const place = join(stage.directory, stage.workplace.path);
  await removeEntries(stage, place);
  await rm(place, { recursive: true, force: true });
}

/** Removes what is in a directory of the workplace. @param kept names of entries that stay */
async function removeEntries(
  { engine, image, workplace: { project } }: Stage,
  directory: string,
  kept: readonly string[] = [],
): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (kept.includes(name)) continue;
    const path = join(directory, name);
    const { uid, gid } = await lstat(path);
    if (uid === 0) await rm(path, { recursive: true, force: true });
    else await removeData(engine, { project, path, owner: { uid, gid }, images: [image] });
  }
}

/** Where a path of the deployment is staged. @param path below the deployment directory */
export function stagedPath(
  { directory, workplace }: Pick<Stage, 'directory' | 'workplace'>,
  path: string,
): string {
  return join(directory, workplace.path, 'deployment', path);
}

/** Creates an empty directory for a user in the workplace, beside the staged deployment. @returns its path */
export async function besideDeployment(stage: Stage, name: string, owner: Owner): Promise<string> {
  const path = join(stage.directory, stage.workplace.path, name);
  await makeOwned(stage, path, owner, { mode: modes.directory });
  return path;
}

/** Creates a directory for a user, with empty subdirectories. */
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

/** Stages the small files of the deployment. No service needs to read them before `apply`. */
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
 * Moves everything into its place, matrix.yaml last: with that file, the directory is a deployment, and no later run
 * continues this one. Before that, removes the dumps, which are as large as the databases. Continues an interrupted
 * run. Marks the deployment as one that has never served on this host.
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
  await removeEntries(stage, join(directory, stage.workplace.path), [
    basename(stagedPath(stage, '')),
    basename(completeFile),
  ]);
  await rename(stagedPath(stage, layout.config), join(directory, layout.config));
  await removeStaging(stage);
}
