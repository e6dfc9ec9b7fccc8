import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { UserError } from '../../errors.ts';

/** A file of a deployment as a backup has it. */
export interface RestoredFile {
  /** Below the deployment directory, with slashes. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Buffer;
}

/** The largest accepted archive, in bytes: settings and secrets are far smaller. */
const longestArchive = 256 * 2 ** 20;

/**
 * Reads the archive of a deployment's small files. Refuses the whole archive if an entry is not a file, or would be
 * written outside of the deployment directory.
 *
 * @throws UserError naming what is wrong, before anything is written
 */
export async function readArchive(path: string): Promise<RestoredFile[]> {
  const files: RestoredFile[] = [];
  const wrong: string[] = [];
  let size = 0;
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const problem = entryProblem(header);
    if (problem !== undefined) wrong.push(`${JSON.stringify(header.name)} ${problem}`);
    const chunks: Buffer[] = [];
    // The reader reports a truncated archive, too.
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size <= longestArchive) chunks.push(bytes);
    });
    stream.on('end', () => {
      files.push({ path: header.name, mode: (header.mode ?? 0o600) & 0o777, bytes: Buffer.concat(chunks) });
      next();
    });
  });
  await pipeline(createReadStream(path), reader as unknown as NodeJS.WritableStream).catch((cause) => {
    throw unusable(['it is not a whole archive'], cause);
  });
  if (size > longestArchive) wrong.push(`it is longer than ${longestArchive / 2 ** 20} MiB`);
  const names = new Set(files.map((file) => file.path));
  if (names.size < files.length) wrong.push('a file is in it twice');
  if (wrong.length > 0) throw unusable(wrong);
  return files;
}

/** Why an entry of an archive must not be restored; `undefined` for a file that may be restored. */
function entryProblem({
  name,
  type,
}: {
  name: string;
  type?: string | null | undefined;
}): string | undefined {
  if (type !== 'file' && type !== 'contiguous-file')
    return `is a ${type ?? 'thing of an unknown kind'}, and not a file`;
  return pathProblem(name);
}

/** Why a path of a backup must not be written; `undefined` where it may be written below the deployment directory. */
export function pathProblem(path: string): string | undefined {
  if (path.startsWith('/')) return 'is an absolute path';
  if (/[\p{Cc}\ufffd\\]/u.test(path)) return 'has a character that no path of a deployment has';
  const parts = path.split('/');
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? 'would be written somewhere else'
    : undefined;
}

function unusable(details: readonly string[], cause?: unknown): UserError {
  return new UserError('the files of this backup are not what matrix-deploy has written', {
    code: 'restore.archive',
    details: details.slice(0, 10),
    hint: 'Nothing was restored. Use another backup, and find out who could write to this one.',
    cause,
  });
}
