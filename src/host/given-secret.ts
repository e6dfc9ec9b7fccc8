import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { messageOf, UsageError } from '../errors.ts';
import { Secret } from '../secrets/secret.ts';

/** Longer than any key that a person has; what is longer is another file. */
const mostBytes = 64 * 1024;

/**
 * The secret that is all of a file that only its owner can read, or with `-` of the standard input; a line break at its
 * end is no part of it.
 *
 * @throws UsageError where it cannot be read, where others can read it, and for what can be no secret.
 */
export async function readSecretFile(
  name: string,
  { workingDirectory, stdin }: Pick<Context, 'workingDirectory' | 'stdin'>,
): Promise<Secret> {
  const path = resolve(workingDirectory, name);
  const bytes = name === '-' ? await readStart(stdin) : await readPrivate(path);
  const what = name === '-' ? 'the standard input' : path;
  if (bytes.length > mostBytes) {
    throw refused(what, `is longer than ${mostBytes / 1024} kB`);
  }
  return secretOf(decode(bytes, what).replace(/\r?\n$/, ''), what);
}

/**
 * A text as a secret.
 *
 * @param what it is called where it cannot be one
 * @throws UsageError for what programs read differently: nothing, white space at an end, and characters that end a text.
 */
export function secretOf(text: string, what: string): Secret {
  if (text === '') throw refused(what, 'is empty');
  if (text !== text.trim()) throw refused(what, 'begins or ends with white space, which many programs drop');
  if (text.includes('\0')) throw refused(what, 'has a null character in it');
  return new Secret(text);
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    // Drops a byte-order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(what, 'is no UTF-8 text');
  }
}

async function readPrivate(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { mode } = await file.stat();
    const isOpen = (await file.stat()).isFile() && (mode & 0o044) !== 0;
    if (isOpen) {
      throw refused(
        'others',
        `can read ${path}, where the secret is`,
        `Run \`chmod 600 ${path}\`. If somebody may have read it already, choose another secret.`,
      );
    }
    return await readStart(file.createReadStream({ end: mostBytes, autoClose: false }));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`the file of --file cannot be read: ${messageOf(cause)}`, {
      code: 'usage.file',
      cause,
    });
  } finally {
    await file?.close();
  }
}

/** As much as tells that it is too long. */
async function readStart(stream: AsyncIterable<string | Uint8Array>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes);
    length += bytes.length;
    if (length > mostBytes) break;
  }
  return Buffer.concat(chunks);
}

function refused(what: string, why: string, hint = 'Nothing was set.'): UsageError {
  return new UsageError(`${what} ${why}`, { code: 'usage.secret', hint });
}
