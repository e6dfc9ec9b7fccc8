import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { UserError } from '../../errors.ts';
import type { RemoteHost } from '../../host/ssh.ts';
import { lastLines } from '../../host/text.ts';
import { differencesBetween, type TreeEntry } from './differences.ts';

/**
 * Unpacks an archive into a directory. In a place where everybody may write, such as /tmp, the directory may belong
 * to another user: an existing one is only used if it has an owner that an earlier run has given it.
 */
const unpack = `
  if [ -e "$1" ] || [ -L "$1" ]; then
    if [ -z "$(find "$1" -prune -type d \\( -user "$(id -u)" -o -user "\${2%:*}" \\))" ]; then
      echo "$1 is somebody else's" >&2
      exit 1
    fi
  else
    mkdir -p "$(dirname "$1")"
    mkdir "$1"
  fi
  chown "$2" "$1"
  chmod 750 "$1"
  tar --extract --file=- --directory="$1" --same-owner -p`;

/** How far a transfer has come, in bytes. */
export interface Sent {
  readonly bytes: number;
  readonly totalBytes: number;
}

/** A directory here, and the one on the other host that is made equal to it: absolute paths. */
export interface DirectoryTransfer {
  readonly from: string;
  readonly to: string;
  onProgress(sent: Sent): void;
}

/**
 * Makes the copy of a repository on another host equal to it. Files that are already there are not sent again, also
 * after an interrupted run.
 *
 * @returns how many bytes were sent
 * @throws UserError if the copy is not equal in the end; PreflightError if ssh fails
 */
export async function sendRepository(
  remote: RemoteHost,
  { from, to, onProgress }: DirectoryTransfer,
): Promise<number> {
  const { send, remove } = differencesBetween(await treeOf(from), await copyAt(remote, to));
  const totalBytes = send.reduce((sum, { size }) => sum + size, 0);
  const archive = archiveOf(from, send, (bytes) => onProgress({ bytes, totalBytes }));
  const owner = `${repositoryOwner.uid}:${repositoryOwner.gid}`;
  const unpacked = await remote.run(unpack, [to, owner], { input: archive });
  if (unpacked.exitCode !== 0) throw notSent(remote, unpacked.output);
  if (remove.length > 0) {
    const deletion = 'cd "$1"; xargs -0 rm -f --';
    await remote.run(deletion, [to], { input: `${remove.join('\0')}\0` });
  }
  const left = differencesBetween(await treeOf(from), await copyAt(remote, to));
  if (left.send.length > 0 || left.remove.length > 0) {
    throw notSent(remote, [...left.send.map(({ path }) => path), ...left.remove].slice(0, 5).join('\n'));
  }
  return totalBytes;
}

function notSent({ name }: RemoteHost, output: string): UserError {
  return new UserError(`the backups did not arrive whole on ${name}`, {
    code: 'move.transfer',
    details: lastLines(output),
    hint: 'See what is free there, then run the command again: what has arrived is not sent again.',
  });
}

async function treeOf(directory: string): Promise<TreeEntry[]> {
  const names = await readdir(directory, { recursive: true });
  return Promise.all(
    names.map(async (path): Promise<TreeEntry> => {
      const found = await lstat(join(directory, path));
      return found.isDirectory()
        ? { path, kind: 'directory', size: 0 }
        : { path, kind: 'file', size: found.size };
    }),
  );
}

async function copyAt(remote: RemoteHost, directory: string): Promise<TreeEntry[]> {
  const script = `if [ -d "$1" ]; then find "$1" -mindepth 1 -printf '%y %s %P\\n'; fi`;
  const { stdout } = await remote.run(script, [directory]);
  return stdout.split('\n').flatMap((line): TreeEntry[] => {
    const [, type, size, path] = /^(.) (\d+) (.+)$/.exec(line) ?? [];
    if (path === undefined) return [];
    return [type === 'd' ? { path, kind: 'directory', size: 0 } : { path, kind: 'file', size: Number(size) }];
  });
}

/** An archive that is written while it is read. */
function archiveOf(
  directory: string,
  entries: readonly TreeEntry[],
  onBytes: (bytes: number) => void,
): Readable {
  const archive = pack();
  fill(archive, directory, entries, onBytes).then(
    () => archive.finalize(),
    (error) => archive.destroy(error),
  );
  return Readable.from(archive, { objectMode: false });
}

async function fill(
  archive: Pack,
  directory: string,
  entries: readonly TreeEntry[],
  onBytes: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  for (const { path, kind, size } of entries) {
    const { uid, gid, mode, mtime } = await lstat(join(directory, path));
    const header = { name: path, mode: mode & 0o7777, uid, gid, mtime };
    if (kind === 'directory') {
      archive.entry({ ...header, type: 'directory' });
      continue;
    }
    const entry = archive.entry({ ...header, size });
    await pipeline(createReadStream(join(directory, path)), entry as unknown as NodeJS.WritableStream);
    done += size;
    onBytes(done);
  }
}
