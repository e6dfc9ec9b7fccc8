import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerFacts, Engine } from '../docker/engine.ts';
import { writeIfChanged } from '../host/files.ts';
import { stampOf } from '../host/stamp.ts';
import { foreignComposeFiles } from '../stack/compose-file.ts';
import { digestLabel } from '../stack/labels.ts';
import { layout, modes } from './layout.ts';

/** What an empty plan was decided from: kept so that the same facts need not be decided upon again. */
export interface SettledFacts {
  readonly project: string;
  /** Paths of the rendered files, of the data directories, and names of the secrets. */
  readonly files: readonly string[];
  readonly data: readonly string[];
  /** Paths of the files that the caches are told by. */
  readonly caches: readonly string[];
  readonly secrets: readonly string[];
  readonly strictFiles: readonly { readonly service: string; readonly target: string }[];
  /** Directories with what may not be shown: secrets that are given, bundles, and what bundles are copies of. */
  readonly confidential: readonly string[];
}

/** The version of this program and the texts that it read or rendered. */
interface Texts {
  readonly version: string;
  readonly config: string;
  readonly files: readonly string[];
}

type Reads = Pick<Engine, 'containers' | 'fileMode'>;

/** Remembers the state after an apply: what was wanted, and the containers that now run. */
export async function recordSettled(
  directory: string,
  facts: SettledFacts,
  texts: Texts,
  engine: Reads,
): Promise<void> {
  const seen = await Promise.all([readContainers(facts, engine), readStamp(directory, facts)]);
  const digest = digestOfState(directory, texts, seen);
  const text = `${JSON.stringify({ ...facts, digest }, undefined, 2)}\n`;
  await writeIfChanged(join(directory, layout.settled), text, modes.state);
}

/**
 * Is everything as it was when the last apply had nothing left to do? Reads the files, the containers and the rest
 * afresh; what it saves is deciding, which is a pure function of them. In doubt the answer is no.
 */
export async function isSettled(directory: string, version: string, engine: Reads): Promise<boolean> {
  try {
    const path = (name: string) => join(directory, name);
    const [recorded, config] = await Promise.all([
      readFile(path(layout.settled), 'utf8'),
      readFile(path(layout.config), 'utf8'),
    ]);
    const { digest, ...facts } = JSON.parse(recorded) as SettledFacts & { digest: string };
    const [containers, stamp, entries, names, files] = await Promise.all([
      readContainers(facts, engine),
      readStamp(directory, facts),
      readdir(directory),
      readdir(path(layout.secrets)),
      Promise.all(facts.files.map((file) => readFile(path(file), 'utf8'))),
      ...[...facts.data, ...facts.caches].map((data) => access(path(data))),
    ]);
    const complete =
      facts.secrets.every((secret) => names.includes(secret)) && foreignComposeFiles(entries).length === 0;
    return complete && digest === digestOfState(directory, { version, config, files }, [containers, stamp]);
  } catch {
    return false;
  }
}

function readStamp(directory: string, { confidential }: SettledFacts): Promise<readonly string[]> {
  return stampOf(confidential.map((path) => join(directory, path)));
}

function digestOfState(directory: string, texts: Texts, seen: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([directory, texts, seen]))
    .digest('hex');
}

/** What tells one run of the containers from another, and the modes of the strict files in them. */
async function readContainers(
  { project, strictFiles }: SettledFacts,
  engine: Reads,
): Promise<readonly unknown[]> {
  const containers = await engine.containers(project);
  const strictModes = await Promise.all(
    strictFiles.map(({ service, target }) => {
      const container = containers.find((candidate) => candidate.service === service);
      return container && engine.fileMode(container.id, target);
    }),
  );
  return [...containers.map(containerIdentity).sort(), ...strictModes];
}

function containerIdentity({ id, state, labels }: ContainerFacts): string {
  return [id, state, labels[digestLabel]].join(' ');
}
