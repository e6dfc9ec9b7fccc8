import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { messageOf, UsageError } from '../errors.ts';
import { Secret } from '../secrets/secret.ts';

type Where = Pick<Context, 'workingDirectory' | 'stdin'>;

/**
 * The password in the first line of a file that only its owner can read, or with `-` of the standard input.
 *
 * @throws UsageError where there is none, or where others can read it.
 */
export async function readPassword(name: string, { workingDirectory, stdin }: Where): Promise<Secret> {
  const path = resolve(workingDirectory, name);
  const text = name === '-' ? await readAll(stdin) : await read(path, '--password-file');
  if (name !== '-' && (await isReadableByOthers(path))) {
    throw new UsageError(`others can read ${path}, where the password is`, {
      code: 'usage.password-file',
      hint: `Run \`chmod 600 ${path}\`. If somebody may have read it already, choose another password.`,
    });
  }
  const [password = ''] = text.split(/\r?\n/);
  if (password === '') {
    throw new UsageError('the first line of --password-file is empty', { code: 'usage.password-file' });
  }
  return new Secret(password);
}

/**
 * The text of a file of users, or with `-` of the standard input.
 *
 * @returns with it, whether others can read the file too
 * @throws UsageError where it cannot be read, or is no UTF-8.
 */
export async function readUsers(name: string, { workingDirectory, stdin }: Where) {
  const path = resolve(workingDirectory, name);
  const text = name === '-' ? await readAll(stdin) : await read(path, '--from');
  // What stands for bytes that are none of a character.
  if (text.includes('\uFFFD')) {
    throw new UsageError('the text of --from is no UTF-8', {
      code: 'usage.file',
      hint: 'Nothing was done. Save it as "CSV UTF-8".',
    });
  }
  return { text, isOpen: name !== '-' && (await isReadableByOthers(path)) };
}

/**
 * A PEM file of certificates.
 *
 * @throws UsageError where it is none.
 */
export async function readRoots(name: string, { workingDirectory }: Where): Promise<string> {
  const path = resolve(workingDirectory, name);
  const text = await read(path, '--acme-roots');
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new UsageError(`${path} has no certificate in PEM form`, { code: 'usage.acme-roots', cause });
  }
  return text;
}

/**
 * The text of an answers file.
 *
 * @throws UsageError where it cannot be read.
 */
export async function readAnswers(name: string, { workingDirectory }: Where): Promise<string> {
  return read(resolve(workingDirectory, name), '--answers');
}

async function read(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`the file of ${flag} cannot be read: ${messageOf(cause)}`, {
      code: 'usage.file',
      cause,
    });
  }
}

async function readAll(stream: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function isReadableByOthers(path: string): Promise<boolean> {
  const file = await stat(path);
  return file.isFile() && (file.mode & 0o044) !== 0;
}
