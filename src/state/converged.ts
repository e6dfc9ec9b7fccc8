import { createHash } from 'node:crypto';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { exists, writeIfChanged } from '../host/files.ts';
import { stampOf } from '../host/stamp.ts';
import { decodeText } from '../host/text.ts';
import { layout, modes } from '../layout.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import { digestLabel } from '../stack/labels.ts';
import { asSeen, type FoundNetwork, factsOf, type RunningFacts } from '../stack/running.ts';
import { foreignComposeFiles } from './foreign-compose-files.ts';
import { entriesAt } from './observe-access.ts';

/** The facts that led to an empty plan. While they are the same, the plan need not be computed again. */
export interface ConvergedFacts {
  readonly project: string;
  /** Paths of the rendered files. */
  readonly files: readonly string[];
  readonly data: readonly string[];
  /** Paths of witness files and provisions, which stay the same as long as the deployment's identity does. */
  readonly places: readonly string[];
  /** Paths of the files with the keys of the caches. */
  readonly caches: readonly string[];
  /** Full names of the networks. */
  readonly networks: readonly string[];
  /** IDs of the containers, in the order of their services. */
  readonly containers: readonly string[];
  readonly restrictedFiles: readonly { readonly container: string; readonly target: string }[];
  /**
   * Files and directories that are compared without reading their content: secrets and the marks of their rotation,
   * bundles, the sources of bundles and of certificates, the identity record.
   */
  readonly stamped: readonly string[];
  /** Paths whose mode and owner must stay the same. */
  readonly guarded: readonly string[];
  /** The period in which no certificate has to be issued again, in milliseconds since the epoch. */
  readonly valid: { readonly from: number; readonly until: number };
}

/** The version of this program and the texts that it read or rendered. */
interface Texts {
  readonly version: string;
  readonly config: string;
  readonly files: readonly string[];
}

/** The observed state of the engine when the plan was empty. `isConverged` must observe the same. */
export interface SeenRunning {
  readonly containers: readonly {
    readonly id: string;
    readonly state: string;
    readonly imageId: string;
    readonly digest: string | undefined;
    /** A service that was started since then, such as after a crash, may not be healthy. */
    readonly startedAt?: string | undefined;
  }[];
  readonly running: Readonly<Record<string, RunningFacts>>;
  readonly networks: Readonly<Record<string, FoundNetwork>>;
  /** Modes of `restrictedFiles`, in the same order. */
  readonly strictModes: readonly (number | undefined)[];
  readonly access: Pick<ObservedState['access'], 'found'>;
}

/** The reads that tell whether anything has changed. */
type EngineReads = Awaited<ReturnType<Context['openEngineReads']>>;

/** Records the state after an apply: what was wanted, and what was observed to run. */
export async function recordConverged(
  directory: string,
  facts: ConvergedFacts,
  texts: Texts,
  seen: SeenRunning,
): Promise<void> {
  const stamp = await readStamp(directory, facts);
  const digest = digestOfState(directory, texts, [identityOf(facts, seen), stamp]);
  const text = `${JSON.stringify({ ...facts, digest }, undefined, 2)}\n`;
  await writeIfChanged(join(directory, layout.converged), text, modes.state);
}

/**
 * Whether everything is as it was when the last apply had nothing left to do. Files, containers and the rest are read
 * again. Only the plan is not computed, since it is a pure function of them. In doubt, the result is false.
 *
 * @throws UserError if the engine does not answer in time, or the run is cancelled
 */
export async function isConverged(
  directory: string,
  version: string,
  { engine, now }: { engine: EngineReads; now: Date },
): Promise<boolean> {
  try {
    const path = (name: string) => join(directory, name);
    const [recorded, config] = await Promise.all([
      readText(path(layout.converged)),
      readText(path(layout.config)),
    ]);
    const { digest, ...facts } = JSON.parse(recorded) as ConvergedFacts & { digest: string };
    if (!(facts.valid.from <= now.getTime() && now.getTime() < facts.valid.until)) return false;
    const [seen, found, stamp, isLocked, entries, files] = await Promise.all([
      readRunning(facts, engine),
      entriesAt(directory, facts.guarded),
      readStamp(directory, facts),
      exists(path(layout.lock)),
      readdir(directory),
      Promise.all(facts.files.map((file) => readText(path(file)))),
      ...facts.caches.map((cache) => access(path(cache))),
    ]);
    const isAlone = foreignComposeFiles(entries).length === 0;
    const state = [identityOf(facts, { ...seen, access: { found } }), stamp];
    // A run that holds the lock is changing something, and a lock of a dead run shows that it was cut off.
    return !isLocked && isAlone && digest === digestOfState(directory, { version, config, files }, state);
  } catch (error) {
    // The caller would otherwise observe everything, and only wait once more.
    if (error instanceof UserError && (error.code === 'docker.silent' || error.code === 'cancelled')) {
      throw error;
    }
    return false;
  }
}

async function readStamp(
  directory: string,
  { stamped, data, places }: Pick<ConvergedFacts, 'stamped' | 'data' | 'places'>,
): Promise<readonly unknown[]> {
  const look = (path: string) => stat(join(directory, path), { bigint: true });
  return Promise.all([
    stampOf(stamped.map((path) => resolve(directory, path))),
    // Another directory in the place of this one matters. Changes of the files further below do not.
    ...data.map(async (path) => {
      const { dev, ino, mtimeNs } = await look(path);
      return `${dev} ${ino} ${mtimeNs}`;
    }),
    ...places.map(async (path) => {
      // Only root can access most of them.
      const found = await look(path).catch(() => undefined);
      return found && `${found.dev} ${found.ino}`;
    }),
  ]);
}

async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path), path);
}

function digestOfState(directory: string, texts: Texts, seen: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([directory, texts, seen]))
    .digest('hex');
}

/** Sends all requests at once: the container IDs are recorded, and another container means another state anyway. */
async function readRunning(
  { project, containers: ids, networks, restrictedFiles }: ConvergedFacts,
  engine: EngineReads,
): Promise<Omit<SeenRunning, 'access'>> {
  const [containers, running, found, strictModes] = await Promise.all([
    engine.containers(project),
    Promise.all(ids.map((id) => engine.running(id))),
    Promise.all(networks.map((name) => engine.network(name))),
    Promise.all(restrictedFiles.map(({ container, target }) => engine.fileMode(container, target))),
  ]);
  const seen = byName(ids, running);
  return {
    containers: asSeen(
      containers.map(({ labels, ...container }) => ({ ...container, digest: labels[digestLabel] })),
      seen,
    ),
    running: factsOf(seen),
    networks: byName(networks, found),
    strictModes,
  };
}

function byName<Value>(
  names: readonly string[],
  values: readonly (Value | undefined)[],
): Record<string, Value> {
  const entries = names.map((name, index) => [name, values[index]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A value that identifies the state of what runs, in an order that does not depend on the engine's. */
function identityOf({ containers: ids, networks, guarded }: ConvergedFacts, seen: SeenRunning): unknown {
  return [
    seen.containers
      .map(({ id, state, startedAt, imageId, digest }) => [id, state, startedAt, imageId, digest].join(' '))
      .sort(),
    ids.map((id) => sorted(seen.running[id])),
    networks.map((name) => seen.networks[name]),
    seen.strictModes,
    guarded.map((path) => seen.access.found[path]),
  ];
}

function sorted(facts: RunningFacts | undefined): unknown {
  return facts && Object.entries(facts).map(([fact, items]) => [fact, [...items].sort()]);
}
