import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { mountJob } from '../../apply/prepare-data.ts';
import { parseRestarts, parseRows, type SetPart } from '../../backup/contents.ts';
import type { Manifest, ManifestPart } from '../../backup/manifest.ts';
import type { ProgramJob, Progress, SaveRequest } from '../../backup/repository.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { tagsOf } from '../../backup/set.ts';
import type { Dump } from '../../components/saving.ts';
import type { MountedJob } from '../../docker/engine.ts';
import { BackupError } from '../../errors.ts';
import { layout } from '../../layout.ts';
import type { Stack } from '../../stack/stack.ts';
import { archiveFiles } from './archive.ts';
import type { OpenTarget } from './target.ts';

/** A set that is being created, and what is needed for it. */
export interface Making {
  readonly deployment: Deployment;
  readonly stack: Stack;
  readonly target: OpenTarget;
  readonly set: string;
  /** Called with the progress of the part that is being saved. */
  onProgress(what: string, progress: Progress): void;
  note(text: string): void;
}

export interface SavedPart {
  readonly part: ManifestPart;
  /** For a database: its number of rows, by table. */
  readonly database?: Manifest['databases'][number];
  /** Files that were deleted while they were copied, by path below the deployment directory. */
  readonly vanished?: readonly string[];
}

/** Names the work on a part, as in "copying data/synapse". */
export function describePart(part: SetPart): string {
  switch (part.kind) {
    case 'database':
      return `dumping the database ${part.dump.database}`;
    case 'digests':
      return `listing the files that the database ${part.dump.database} names`;
    case 'data':
      return `copying ${part.path}`;
  }
}

/** Saves one part as a snapshot of its own. */
export async function savePart(making: Making, part: SetPart): Promise<SavedPart> {
  const { deployment } = making;
  switch (part.kind) {
    case 'data': {
      const at = `/${part.name}`;
      const saved = await save(making, part.name, part.owner, {
        kind: 'directory',
        path: inDirectory(deployment, part.path),
        at,
        exclude: part.exclude,
      });
      return {
        part: { ...saved.part, kind: 'data', subject: part.path, path: at },
        vanished: saved.vanished.map((path) => `${part.path}${path.slice(at.length)}`),
      };
    }
    case 'database': {
      const { dump, file } = part;
      const saved = await saveOutput(making, part.name, dump, { file, command: dump.write });
      for (const reason of parseRestarts(saved.said)) making.note(`the dump was started again: ${reason}`);
      const rows = parseRows(saved.said);
      const untold = dump.counted.filter((table) => rows[table] === undefined);
      if (untold.length > 0) {
        throw new BackupError(`the dump did not tell its rows of ${untold.join(', ')}`, {
          code: 'backup.rows',
        });
      }
      return {
        part: { ...saved.part, kind: 'database', subject: dump.database, path: `/${file}` },
        database: { name: dump.database, rows },
      };
    }
    case 'digests': {
      const { dump, file } = part;
      const saved = await saveOutput(making, part.name, dump, { file, command: dump.files.write });
      return { part: { ...saved.part, kind: 'digests', subject: dump.files.data, path: `/${file}` } };
    }
  }
}

/** Saves the small files of the deployment as one archive. */
export async function saveFiles(making: Making): Promise<SavedPart> {
  const name = 'deployment';
  const file = `${name}.tar`;
  const { content, files } = await archiveFiles(making.deployment.directory, making.stack);
  const { part } = await save(making, name, repositoryOwner, { kind: 'bytes', name: file, content });
  return { part: { ...part, kind: 'files', subject: '.', path: `/${file}`, files } };
}

function saveOutput(
  making: Making,
  name: string,
  dump: Dump,
  { file, command }: { file: string; command: readonly string[] },
) {
  return save(making, name, dump.job.user, {
    kind: 'command',
    name: file,
    command,
    job: jobOf(making, dump),
  });
}

async function save(
  { target, set, onProgress }: Making,
  name: string,
  user: SaveRequest['user'],
  source: SaveRequest['source'],
) {
  const request = { tags: tagsOf(set, name), user, source };
  const { said, vanished, ...saved } = await target.repository.save(request, (progress) =>
    onProgress(name, progress),
  );
  return { part: { name, ...saved }, said, vanished };
}

/** A dump's job with its mounts as paths on this host, and with restic's program, which runs beside it. */
export function jobOf(
  { deployment, stack, target }: Pick<Making, 'deployment' | 'stack' | 'target'>,
  { job }: Dump,
): MountedJob & Pick<ProgramJob, 'binary' | 'scratch'> {
  const mounted = mountJob(deployment, stack.project, { ...job, entrypoint: [] }, (source) => source);
  return { ...mounted, binary: target.restic.binary, scratch: inDirectory(deployment, layout.cache) };
}
