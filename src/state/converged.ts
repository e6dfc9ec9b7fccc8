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

/** What an empty plan was decided from: kept so that the same facts need not be decided upon again. */
export interface ConvergedFacts {
  readonly project: string;
  /** Paths of the rendered files. */
  readonly files: readonly string[];
  readonly data: readonly string[];
  /** What is in them as long as the deployment is what it was. */
  readonly places: readonly string[];
  /** Paths of the files that the caches are told by. */
  readonly caches: readonly string[];
  /** Full names of the networks. */
  readonly networks: readonly string[];
  /** IDs of the containers, in the order of their services. */
  readonly containers: readonly string[];
  readonly restrictedFiles: readonly { readonly container: string; readonly target: string }[];
  /** Files and directories whose content is not looked at: secrets, bundles, what these are copies of, the record of the identity. */
  readonly stamped: readonly string[];
  /** Paths whose mode and owner must be what they are. */
  readonly guarded: readonly string[];
  /** Between which times, by the clock, no certificate is to be issued again. */
  readonly valid: { readonly from: number; readonly until: number };
}

/** The version of this program and the texts that it read or rendered. */
interface Texts {
  readonly version: string;
  readonly config: string;
  readonly files: readonly string[];
}

/** What was seen of the engine when the plan was empty: `isConverged` must see the same. */
export interface SeenRunning {
  readonly containers: readonly {
    readonly id: string;
    readonly state: string;
    readonly imageId: string;
    readonly digest: string | undefined;
  }[];
  readonly running: Readonly<Record<string, RunningFacts>>;
  readonly networks: Readonly<Record<string, FoundNetwork>>;
  /** Of the strict files, in their order. */
  readonly strictModes: readonly (number | undefined)[];
  readonly access: Pick<ObservedState['access'], 'found'>;
}

/** The reads that tell whether anything has changed. */
type EngineReads = Awaited<ReturnType<Context['openEngineReads']>>;

/** Remembers the state after an apply: what was wanted, and what was seen to run. */
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
 * Is everything as it was when the last apply had nothing left to do? Reads the files, the containers and the rest
 * afresh; what it saves is deciding, which is a pure function of them. In doubt the answer is no.
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
    // A run that holds it is changing something; one that is dead was cut off.
    return !isLocked && isAlone && digest === digestOfState(directory, { version, config, files }, state);
  } catch (error) {
    // The long way would only wait once more.
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
    // What is written below does not matter; what is in a place of another's does.
    ...data.map(async (path) => {
      const { dev, ino, mtimeNs } = await look(path);
      return `${dev} ${ino} ${mtimeNs}`;
    }),
    ...places.map(async (path) => {
      // Only root may look into most of them.
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

/** All at once: which containers to ask about is known, and others have not converged. */
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

/** What tells one state of what runs from another, in one order whatever the engine's is. */
function identityOf({ containers: ids, networks, guarded }: ConvergedFacts, seen: SeenRunning): unknown {
  return [
    seen.containers.map(({ id, state, imageId, digest }) => [id, state, imageId, digest].join(' ')).sort(),
    ids.map((id) => sorted(seen.running[id])),
    networks.map((name) => seen.networks[name]),
    seen.strictModes,
    guarded.map((path) => seen.access.found[path]),
  ];
}

function sorted(facts: RunningFacts | undefined): unknown {
  return facts && Object.entries(facts).map(([fact, items]) => [fact, [...items].sort()]);
}
