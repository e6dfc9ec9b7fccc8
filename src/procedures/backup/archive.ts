import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { BackupError } from '../../errors.ts';
import { readTree } from '../../host/tree.ts';
import { composeFile, layout } from '../../layout.ts';
import type { Stack } from '../../stack/stack.ts';

/** The small files of a deployment as one archive. */
export interface Archive {
  readonly content: Uint8Array;
  readonly files: number;
}

/** Files below state/ that belong to one run, and are of no use on another host. */
const ofOneRun = [
  ...[layout.candidate, layout.runLog, layout.lock, layout.growth],
  ...[layout.backups, layout.backupAttempt, layout.restore, layout.drill, layout.move, layout.movedCompose],
  // These two name files beside the data of this host, which are in no backup.
  ...[layout.pendingRestore, layout.pendingUpgrade],
];

/**
 * Archives the files of a deployment beside its data: matrix.yaml, secrets, the operator's own files, records of the
 * state, and the rendered files, which are needed to restore without this program.
 *
 * @returns a tar archive; equal files give equal archives
 * @throws BackupError naming what cannot be read
 */
export async function archiveFiles(directory: string, stack: Stack): Promise<Archive> {
  const named = [layout.config, composeFile, ...stack.files.map(({ path }) => path), layout.identityCopy];
  const roots = stack.roots.filter((path) => !path.startsWith(`${layout.secrets}/`));
  const own = stack.bundles.flatMap(({ from }) => from ?? []);
  const paths = [
    ...(await existing(directory, [...named, ...roots])),
    ...(await below(directory, layout.secrets, [layout.bundles])),
    ...(await below(directory, layout.state, ofOneRun)),
  ];
  const entries = await Promise.all(paths.map((path) => entryAt(directory, path)));
  const trees = await Promise.all([...new Set(own)].map((path) => treeAt(directory, path)));
  return packed([...entries, ...trees.flat()]);
}

interface ArchivedFile {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  readonly bytes: Buffer;
}

async function existing(directory: string, paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    [...new Set(paths)].map(async (path) =>
      lstat(join(directory, path)).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return found.flat();
}

/** The files below a directory, without these paths, and without those that add a dot and a suffix to one of them. */
async function below(directory: string, path: string, without: readonly string[]): Promise<string[]> {
  const entries = await readdir(join(directory, path), { withFileTypes: true });
  const inner = await Promise.all(
    entries.map(async (entry) => {
      const at = `${path}/${entry.name}`;
      // `*.new` is the next version of a file, which may just be written.
      if (entry.name.endsWith('.new') || without.some((one) => at === one || at.startsWith(`${one}.`)))
        return [];
      if (entry.isDirectory()) return below(directory, at, without);
      return entry.isFile() ? [at] : [];
    }),
  );
  return inner.flat();
}

async function entryAt(directory: string, path: string): Promise<ArchivedFile> {
  const place = join(directory, path);
  const { mode, uid, gid, mtime } = await stat(place);
  return { path, mode: mode & 0o7777, uid, gid, mtime, bytes: await readFile(place) };
}

async function treeAt(directory: string, root: string): Promise<ArchivedFile[]> {
  const { entries, faults } = await readTree(join(directory, root));
  if (faults.length > 0) {
    throw new BackupError(`${root} has something that cannot be saved`, {
      code: 'backup.files',
      details: faults.map((fault) => `${root}: ${fault}`),
      hint: 'Change it, then run the command again.',
    });
  }
  const files = entries.filter(
    (entry): entry is { path: string; bytes: Buffer } => entry.bytes !== undefined,
  );
  return files.map(({ path, bytes }) => ({
    path: `${root}/${path}`,
    ...{ mode: 0o600, uid: 0, gid: 0, mtime: new Date(0) },
    bytes,
  }));
}

async function packed(entries: readonly ArchivedFile[]): Promise<Archive> {
  const archive = pack();
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const written = (async () => {
    for (const { path: name, bytes, ...header } of sorted) archive.entry({ name, ...header }, bytes);
    archive.finalize();
  })();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  await written;
  return { content: Buffer.concat(chunks), files: sorted.length };
}
