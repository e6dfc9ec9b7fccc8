import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, type DataSpec } from '../components/data.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../docker/engine.ts';
import { isGone } from '../docker/engine-failure.ts';
import { readIfExists } from '../host/files.ts';
import { composeFile, layout } from '../layout.ts';
import type { ObservedContainer, ObservedState } from '../plan/observed-state.ts';
import { digestLabel } from '../stack/labels.ts';
import { asSeen, type ContainerFacts, factsOf } from '../stack/running.ts';
import { describeStack, type ImageLock, type Stack } from '../stack/stack.ts';
import { isFirstRun } from './first-run.ts';
import type { GivenValues } from './given-secrets.ts';
import { observeAccess } from './observe-access.ts';
import { observeIdentity } from './observe-identity.ts';
import { observePlace } from './observe-place.ts';
import { observeProvisions } from './observe-provisions.ts';
import { observeRunning, type RunningReads } from './observe-running.ts';
import { readRecord } from './records.ts';

type Reads = Pick<Engine, 'imageDigest' | 'hasJob' | 'containers' | 'exec' | 'fileMode' | 'mapsUsers'> &
  RunningReads;

interface Ports {
  readonly engine: Reads;
  readonly now: Date;
  /** Secrets of the operator's that count as set already. */
  readonly aboutToBeSet?: GivenValues | undefined;
}

const attempts = 10;

/** Reads everything that a plan depends on, once and in parallel. Nothing else reads the host for a plan. */
export async function observe(directory: string, config: Config, ports: Ports): Promise<ObservedState> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await observeOnce(directory, config, ports);
    } catch (error) {
      // A container was removed between two requests: Compose may go on for a moment after a run was killed.
      if (attempt === attempts || !isGone(error)) {
        throw error;
      }
    }
  }
}

async function observeOnce(
  directory: string,
  config: Config,
  { engine, now, aboutToBeSet }: Ports,
): Promise<ObservedState> {
  const recorded = await readRecord(join(directory, layout.imageLock));
  const stack = describeStack(config, recorded);
  const containers = observeContainers(stack, engine);
  const own = containers.then((all) => all.filter((container) => container.directory === directory));
  const identified = observeIdentity(directory, stack, own, engine);
  const isMarked = isFirstRun(directory);
  const isFirst = Promise.all([isMarked, identified]).then(
    ([marked, { recorded }]) => marked && recorded === undefined,
  );
  const [
    images,
    { seen, ...others },
    place,
    caches,
    found,
    marked,
    identity,
    provisions,
    strictModes,
    access,
  ] = await Promise.all([
    observeImages(stack, recorded, engine),
    own.then((all) => observeRunning(stack, all, engine)),
    observePlace(directory, stack, { now, aboutToBeSet }),
    observeCaches(directory, stack, engine),
    containers,
    isMarked,
    identified,
    own.then((all) => observeProvisions(stack.provisions, all, { directory, engine, isFirst })),
    own.then((all) => observeModes(directory, stack.data, all, engine)),
    observeAccess(directory, stack, engine),
  ]);
  return {
    directory,
    now,
    isInstalled:
      identity.recorded !== undefined ||
      (!marked && (place.files[composeFile] !== undefined || place.dataInUse.size > 0)),
    ...place,
    identity: { ...identity, seen: { ...identity.seen, ...provisions.seen } },
    caches,
    ...images,
    ...others,
    running: factsOf(seen),
    containers: asSeen(found, seen),
    provisions: provisions.states,
    strictModes,
    access,
  };
}

async function observeImages(
  stack: Stack,
  recorded: ImageLock,
  engine: Reads,
): Promise<Pick<ObservedState, 'images' | 'lock'>> {
  const images = new Set<string>();
  const lock: Record<string, string> = {};
  await Promise.all(
    stack.images.map(async (tag) => {
      const locked = recorded[tag];
      const digest = await engine.imageDigest(locked === undefined ? tag : `${tag}@${locked}`);
      if (digest !== undefined) {
        images.add(tag);
      }
      // An image that was built or loaded here has no digest: it runs by its tag.
      const known = locked ?? digest ?? undefined;
      if (known !== undefined) {
        lock[tag] = known;
      }
    }),
  );
  return { images, lock };
}

async function observeContainers({ project }: Stack, engine: Reads): Promise<ObservedContainer[]> {
  return (await engine.containers(project)).map(observedContainer);
}

/** The facts of a container that a plan depends on. */
export function observedContainer({ labels, ...container }: ContainerFacts): ObservedContainer {
  return { ...container, digest: labels[digestLabel] };
}

async function observeCaches(
  directory: string,
  { caches, project }: Stack,
  engine: Reads,
): Promise<ReadonlySet<string>> {
  const present = await Promise.all(
    caches.map(async ({ path, job }) => {
      const [key, index] = await Promise.all([
        engine.imageId(job.image),
        readIfExists(join(directory, path, cacheKey.file)),
      ]);
      // While a cache has no key, a job may still be making it.
      return (key !== undefined && index?.split('\n')[0] === key) || engine.hasJob(project);
    }),
  );
  return new Set(caches.filter((_, index) => present[index]).map(({ path }) => path));
}

async function observeModes(
  directory: string,
  data: readonly DataSpec[],
  containers: readonly ObservedContainer[],
  engine: Reads,
): Promise<Record<string, number>> {
  const files = data.flatMap(({ path, restrictedFiles }) => restrictedFiles.map((file) => ({ path, file })));
  const modes = await Promise.all(
    files.map(async ({ path, file }): Promise<[string, number | undefined]> => {
      const container = containers.find(({ service }) => service === file.service);
      const place = `${path}/${file.path}`;
      const mode = container
        ? await engine.fileMode(container.id, file.target)
        : await modeIfVisible(join(directory, place));
      return [place, mode];
    }),
  );
  return Object.fromEntries(modes.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

// `undefined` if the caller cannot see the file: only its owner and root may read the directory.
async function modeIfVisible(path: string): Promise<number | undefined> {
  return lstat(path).then(
    ({ mode }) => mode & 0o777,
    () => undefined,
  );
}
