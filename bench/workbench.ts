import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { projectLabel } from '../src/docker/container-list.ts';
import { jobLabel } from '../src/stack/labels.ts';
import { identifyProcess } from '../test/lab/process-identity.ts';

/** Where one deployment lives: nothing is there yet, and no other deployment has its names. */
export interface Place {
  readonly directory: string;
  readonly serverName: string;
  /** Of Compose; follows from the server name, as matrix-deploy has it. */
  readonly project: string;
}

/** What the measures work with. */
export interface Workbench {
  readonly docker: Docker;
  /** Fires when the run is to end. */
  readonly signal: AbortSignal;
  /** A line of progress. */
  say(text: string): void;
  /** Gives `use` a place, and takes down whatever is there afterwards. */
  withPlace<Result>(use: (place: Place) => Promise<Result>): Promise<Result>;
}

const prefix = 'matrix-deploy-bench-';
const composeProject = 'com.docker.compose.project';

/** Gives `use` a workbench, and leaves no trace of it: neither of this run nor of one that was killed. */
export async function withWorkbench<Result>(
  { signal, say }: Pick<Workbench, 'signal' | 'say'>,
  use: (bench: Workbench) => Promise<Result>,
): Promise<Result> {
  const docker = new Docker();
  await removeLeftovers(docker);
  const root = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  let places = 0;
  const withPlace: Workbench['withPlace'] = async (usePlace) => {
    signal.throwIfAborted();
    const name = `bench-${process.pid}-${++places}`;
    const place = { directory: join(root, name), serverName: name, project: `matrix-${name}` };
    await mkdir(place.directory);
    try {
      return await usePlace(place);
    } finally {
      await takeDown(docker, place.project);
      await rm(place.directory, { recursive: true, force: true });
    }
  };
  try {
    return await use({ docker, signal, say, withPlace });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** @throws when the place has no running container of that service */
export async function findContainer(
  { docker }: Pick<Workbench, 'docker'>,
  { project }: Place,
  service: string,
): Promise<Docker.ContainerInfo> {
  const label = [projectLabel(project), `com.docker.compose.service=${service}`];
  const [container] = await docker.listContainers({ filters: { label } });
  if (container === undefined) throw new Error(`no container of ${service} runs in ${project}`);
  return container;
}

async function removeLeftovers(docker: Docker): Promise<void> {
  const listed = [...(await docker.listContainers({ all: true })), ...(await docker.listNetworks())];
  const projects = listed.flatMap(({ Labels }) => [Labels?.[composeProject], Labels?.[jobLabel]]);
  for (const project of new Set(projects)) {
    const owner = /^matrix-bench-(\d+)-\d+$/.exec(project ?? '')?.[1];
    if (project !== undefined && (await isOrphaned(owner))) {
      await takeDown(docker, project);
    }
  }
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : undefined;
    if (await isOrphaned(owner)) {
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

/** Has its process gone, of what a run of ours has made? */
async function isOrphaned(owner: string | undefined): Promise<boolean> {
  return owner !== undefined && (await identifyProcess(Number(owner))) === undefined;
}

/** Removes the containers and networks of a project, however far it has come. */
async function takeDown(docker: Docker, project: string): Promise<void> {
  for (const label of [projectLabel(project), `${jobLabel}=${project}`]) {
    const containers = await docker.listContainers({ all: true, filters: { label: [label] } });
    await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  }
  const networks = await docker.listNetworks({ filters: { label: [projectLabel(project)] } });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
}
