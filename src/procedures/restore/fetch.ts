import { join } from 'node:path';
import { type DumpWithFiles, differencesOf, parseRows, partsOf } from '../../backup/contents.ts';
import type { Progress } from '../../backup/repository.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import type { DataSpec } from '../../components/data.ts';
import type { Refill } from '../../components/saving.ts';
import { BackupError } from '../../errors.ts';
import { secretPath } from '../../layout.ts';
import type { RandomBytes } from '../../secrets/generate.ts';
import type { Stack } from '../../stack/stack.ts';
import { sideBySide } from '../side-by-side.ts';
import { type RestoredFile, readArchive } from './read-archive.ts';
import type { Source } from './source.ts';
import { besideDeployment, makeOwned, type Stage, stagedPath } from './staging.ts';

export interface Fetching extends Stage {
  readonly source: Source;
  readonly random: RandomBytes;
  /** Where a data directory is restored; in the workplace when absent. @param path below the deployment directory */
  placeOf?(path: string): string;
  note(text: string): void;
  onProgress(what: string, progress: Progress): void;
}

function placeOf(fetching: Fetching, path: string): string {
  return fetching.placeOf?.(path) ?? stagedPath(fetching, path);
}

/** Reads the small files of the deployment from the backup: settings and secrets. `readArchive` validates them. */
export async function fetchFiles(fetching: Fetching): Promise<RestoredFile[]> {
  const { source } = fetching;
  const part = source.manifest.parts.find(({ kind }) => kind === 'files');
  if (part === undefined) throw incomplete(source, 'settings and secrets');
  const snapshot = source.snapshotOf(part.name);
  const target = await besideDeployment(fetching, 'files', repositoryOwner);
  await source.repository.restore({ snapshot, path: '/', target, user: repositoryOwner });
  return readArchive(join(target, `${part.name}.tar`));
}

/** Restores every data directory that the backup has, each as the user that owns it. */
export async function fetchData(fetching: Fetching, stack: Pick<Stack, 'dumps' | 'data'>): Promise<void> {
  const { engine, source, workplace, note, onProgress } = fetching;
  for (const part of partsOf(stack)) {
    if (part.kind !== 'data') continue;
    const snapshot = source.snapshotOf(part.name);
    note(`restore ${part.path}`);
    const spec = stack.data.find(({ path }) => path === part.path) as DataSpec;
    const target = placeOf(fetching, part.path);
    await makeOwned(fetching, target, spec.owner, spec);
    const request = { snapshot, path: `/${part.name}`, target, user: spec.owner };
    // Nothing uses the directory yet, and restic sees nothing outside of it.
    await sideBySide(
      () => source.repository.restore(request, (progress) => onProgress(part.path, progress)),
      () => refuseLinks(source, snapshot, part.path),
      () => engine.removeJobs(workplace.project),
    );
  }
}

/** Refuses anything but files and directories: a link, for example, could point outside of the backup. */
async function refuseLinks({ repository }: Source, snapshot: string, subject: string): Promise<void> {
  const strange = (await repository.list(snapshot)).filter(({ type }) => type !== 'file' && type !== 'dir');
  if (strange.length > 0) {
    throw new BackupError(`${subject} in the backup has what is neither a file nor a directory`, {
      code: 'restore.links',
      details: strange.slice(0, 10).map(({ path, type }) => `${JSON.stringify(path)} is a ${type}`),
      hint: 'Nothing was restored. Use another backup, and find out who could write to this one.',
    });
  }
}

/**
 * Creates the data directories of database servers from the dumps, and compares their rows with the dumped ones.
 *
 * @returns the numbers of rows, by database and table
 */
export async function refill(
  fetching: Fetching,
  stack: Stack,
  secrets: readonly RestoredFile[],
): Promise<Record<string, Record<string, number>>> {
  const { engine, source, note, random, workplace } = fetching;
  const said: string[] = [];
  for (const one of stack.refills) {
    const { user, image } = one.job;
    if ((await engine.imageId(image)) === undefined) {
      note(`pull ${image}`);
      await engine.pull(image);
    }
    const dumps = await fetchDumps(fetching, stack, one);
    note(`restore ${one.data}`);
    const spec = stack.data.find(({ path }) => path === one.data) as DataSpec;
    await makeOwned(fetching, placeOf(fetching, one.data), spec.owner, { mode: spec.mode });
    const secretOf = (name: string) => textOf(secrets, secretPath(name));
    const mounts = one.job.mounts.map((mount) => ({ ...mount, source: placeOf(fetching, mount.source) }));
    const { exitCode } = await engine.follow(
      {
        ...one.job,
        user,
        project: workplace.project,
        mounts: [...mounts, { source: dumps, target: one.dumps }],
      },
      { input: one.input(secretOf, random), onLine: (line) => void said.push(line) },
    );
    if (exitCode !== 0) {
      throw new BackupError(`${one.data} could not be created from the dump`, {
        code: 'restore.database',
        details: said.slice(-10),
        hint: 'Nothing was put into its place. Fix the cause, then run the command again.',
      });
    }
  }
  return comparedRows(source, stack, said);
}

/**
 * Reads the numbers of rows from the output of the refill jobs.
 *
 * @throws BackupError where one differs from the number that was dumped
 */
function comparedRows(
  { manifest }: Source,
  { dumps }: Stack,
  said: readonly string[],
): Record<string, Record<string, number>> {
  const counted: Record<string, Record<string, number>> = {};
  for (const dump of dumps) {
    const prefix = `rows ${dump.database} `;
    const lines = said.flatMap((line) =>
      line.startsWith(prefix) ? [`rows ${line.slice(prefix.length)}`] : [],
    );
    const made = manifest.databases.find(({ name }) => name === dump.database)?.rows ?? {};
    const rows = parseRows(lines);
    const differences = differencesOf(dump, made, rows);
    if (differences.length > 0) {
      throw new BackupError(`the database ${dump.database} is not what was dumped`, {
        code: 'restore.rows',
        details: differences,
        hint: 'Nothing was put into its place. Use another backup.',
      });
    }
    counted[dump.database] = rows;
  }
  return counted;
}

async function fetchDumps(fetching: Fetching, stack: Stack, { job }: Refill): Promise<string> {
  const { source, note, onProgress } = fetching;
  const target = await besideDeployment(fetching, 'dumps', job.user);
  for (const part of partsOf(stack)) {
    if (part.kind !== 'database') continue;
    const snapshot = source.snapshotOf(part.name);
    note(`fetch the dump of the database ${part.dump.database}`);
    await source.repository.restore({ snapshot, path: '/', target, user: job.user }, (progress) =>
      onProgress(part.file, progress),
    );
  }
  return target;
}

/**
 * @returns paths below the deployment directory of files that a database names and that the backup lacks or has
 * with other content
 */
export async function missingFiles(fetching: Fetching, stack: Stack): Promise<string[]> {
  const missing: string[] = [];
  for (const part of partsOf(stack)) {
    if (part.kind !== 'digests') continue;
    const { files, job } = part.dump as DumpWithFiles;
    const user = stack.data.find(({ path }) => path === files.data)?.owner ?? job.user;
    const digests = await besideDeployment(fetching, part.name, user);
    const snapshot = fetching.source.snapshotOf(part.name);
    await fetching.source.repository.restore({ snapshot, path: '/', target: digests, user });
    const lines: string[] = [];
    const script = 'cd /compared && file=$0 && exec "$@" <"/digests/$file"';
    const { exitCode } = await fetching.engine.follow(
      {
        ...job,
        user,
        networks: [],
        entrypoint: ['sh', '-c', script, part.file, ...files.compare],
        project: fetching.workplace.project,
        mounts: [
          { source: placeOf(fetching, files.data), target: '/compared' },
          { source: digests, target: '/digests' },
        ],
      },
      { onLine: (line) => void lines.push(line) },
    );
    const last = lines.pop();
    if (exitCode !== 0 || !last?.startsWith('whole ')) {
      throw new BackupError(`${files.data} could not be compared with the database`, {
        code: 'restore.files',
        details: lines.slice(-10),
      });
    }
    missing.push(...lines.filter((line) => line !== '').map((path) => `${files.data}/${path}`));
  }
  return missing;
}

/** The text of a restored file. @throws BackupError where the backup does not have it */
export function textOf(files: readonly RestoredFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  if (file === undefined) {
    throw new BackupError(`the backup has no ${path}`, {
      code: 'restore.archive',
      hint: 'Nothing was restored. Use another backup.',
    });
  }
  return file.bytes.toString('utf8');
}

function incomplete({ manifest }: Source, what: string): BackupError {
  return new BackupError(`the backup ${manifest.set} has no ${what}`, { code: 'restore.part' });
}
