import { X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { passwordProblem } from '../config/password.ts';
import { secretProblem } from '../config/secret-value.ts';
import { messageOf, UsageError } from '../errors.ts';
import { Secret } from '../secrets/secret.ts';
import { shellWord } from '../shell-word.ts';
import { within } from './bounds.ts';
import { decodeText, EncodingError, encodingHint } from './text.ts';

/** Where a file that a flag names is read from: `-` is the standard input. */
interface Where {
  readonly workingDirectory: string;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly interrupt: AbortSignal;
}

/** A file that a flag names, and how much of it is read at most, in bytes. */
interface Given {
  readonly name: string;
  readonly flag: string;
  readonly most: number;
}

/**
 * The password in the first line of a file that only its owner can read, or with `-` of the standard input. The line's
 * end is no part of it.
 *
 * @throws UsageError where there is none that can be used, or where others can read it.
 */
export async function readPassword(name: string, where: Where): Promise<Secret> {
  const given = { name, flag: '--password-file', most: 2 ** 16 };
  const text = await readPrivate(given, where, { what: 'password', code: 'usage.password-file' });
  const [password = ''] = text.split(/\r?\n/);
  const problem = passwordProblem(password);
  if (problem !== undefined) {
    throw new UsageError(`the password in the first line of --password-file ${problem}`, {
      code: 'usage.password-file',
    });
  }
  return new Secret(password);
}

/**
 * The secret that is all of a file that only its owner can read, or with `-` of the standard input; a line break at its
 * end is no part of it.
 *
 * @throws UsageError where there is none that can be used, or where others can read it.
 */
export async function readSecretFile(name: string, where: Where, flag = '--file'): Promise<Secret> {
  const given = { name, flag, most: 2 ** 16 };
  const text = await readPrivate(given, where, { what: 'secret', code: 'usage.secret' });
  return secretOf(text.replace(/\r?\n$/, ''), `the text of ${flag}`);
}

/**
 * A text as a secret.
 *
 * @param name what an error calls it
 * @throws UsageError where it can be none
 */
export function secretOf(text: string, name: string): Secret {
  const problem = secretProblem(text);
  if (problem !== undefined) {
    throw new UsageError(`${name} ${problem}`, { code: 'usage.secret', hint: 'Nothing was set.' });
  }
  return new Secret(text);
}

/**
 * The text of a file of users, or with `-` of the standard input.
 *
 * @returns with it, whether others can read the file too
 * @throws UsageError where it cannot be read, or is not UTF-8.
 */
export async function readUsers(name: string, where: Where) {
  const text = await read({ name, flag: '--from', most: 2 ** 26 }, where);
  if (text.includes('\ufffd')) {
    throw new UsageError('the text of --from has the character U+FFFD, which stands for one that was lost', {
      code: 'usage.encoding',
      hint: 'Nothing was done. Save the file again, as "CSV UTF-8", where it was made.',
    });
  }
  const isOpen = name !== '-' && (await isReadableByOthers(resolve(where.workingDirectory, name)));
  return { text, isOpen };
}

/**
 * A PEM file of certificates.
 *
 * @throws UsageError where it is none, or holds a private key: what it says is copied to where anybody may read it.
 */
export async function readRoots(name: string, where: Where, flag = '--acme-roots'): Promise<string> {
  const text = await read({ name, flag, most: 2 ** 22 }, where);
  const code = `usage.${flag.slice(2)}`;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new UsageError(`${name} holds a private key`, {
      code,
      hint: 'Only certificates belong there: those of the CA, which anybody may read. Nothing was copied.',
    });
  }
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new UsageError(`${name} has no certificate in PEM form`, { code, cause });
  }
  return text;
}

/**
 * The text of a YAML file, or with `-` of the standard input.
 *
 * @param flag that names it, or the argument
 * @throws UsageError where it cannot be read, or is not UTF-8.
 */
export async function readYamlFile(name: string, where: Where, flag = '--answers'): Promise<string> {
  return read({ name, flag, most: 2 ** 20 }, where);
}

/**
 * The text of a release document, or of its signature.
 *
 * @param most how long it may be, in bytes
 * @throws UsageError where it cannot be read, is longer, or is not UTF-8.
 */
export async function readReleaseFile(name: string, most: number, where: Where): Promise<string> {
  return read({ name, flag: '--from', most }, where);
}

/**
 * All of the standard input, for a flag whose other end is this program on another host.
 *
 * @throws UsageError where it is not UTF-8
 */
export async function readStandardInput(flag: string, where: Where): Promise<string> {
  return read({ name: '-', flag, most: 2 ** 24 }, where);
}

/** The text of a file that nobody but its owner may read. */
async function readPrivate(
  given: Given,
  where: Where,
  { what, code }: { what: string; code: string },
): Promise<string> {
  const text = await read(given, where);
  const path = resolve(where.workingDirectory, given.name);
  if (given.name !== '-' && (await isReadableByOthers(path))) {
    throw new UsageError(`others can read ${path}, where the ${what} is`, {
      code,
      hint: `Run \`chmod 600 ${shellWord(path)}\`. If somebody may have read it already, choose another ${what}.`,
    });
  }
  return text;
}

async function read(given: Given, { workingDirectory, stdin, interrupt }: Where): Promise<string> {
  const path = resolve(workingDirectory, given.name);
  const reading = readAll(given.name === '-' ? stdin : createReadStream(path), given);
  // A pipe is read for as long as its writer takes.
  const bytes = await within({ signal: interrupt }, reading);
  try {
    return decodeText(bytes, `the text of ${given.flag}`);
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new UsageError(error.message, {
        code: 'usage.encoding',
        hint: `Nothing was done. ${encodingHint}`,
        cause: error,
      });
    }
    throw error;
  }
}

async function readAll(stream: AsyncIterable<string | Uint8Array>, { flag, most }: Given): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      length += chunk.length;
      if (length > most) break;
    }
  } catch (cause) {
    throw new UsageError(`the file of ${flag} cannot be read: ${messageOf(cause)}`, {
      code: 'usage.file',
      cause,
    });
  }
  if (length > most) {
    throw new UsageError(`the text of ${flag} is longer than ${most} bytes`, { code: 'usage.file' });
  }
  return Buffer.concat(chunks);
}

async function isReadableByOthers(path: string): Promise<boolean> {
  const file = await stat(path);
  return file.isFile() && (file.mode & 0o044) !== 0;
}

/**
 * The key of backups that is all of a file which only its owner can read, or with `-` of the standard input.
 *
 * @throws UsageError where there is none, or where others can read it.
 */
export async function readKeyFile(name: string, where: Where): Promise<Secret> {
  const given = { name, flag: '--key-file', most: 2 ** 12 };
  const text = await readPrivate(given, where, { what: 'key', code: 'usage.key-file' });
  return keyOf(text, 'the text of --key-file');
}

/**
 * A user and a password, the two lines of a file which only its owner can read, or with `-` of the standard input.
 *
 * @throws UsageError where there are others, or where others can read it.
 */
export async function readCredentials(
  name: string,
  where: Where,
): Promise<{ user: string; password: Secret }> {
  const given = { name, flag: '--credentials-file', most: 2 ** 12 };
  const text = await readPrivate(given, where, { what: 'password', code: 'usage.credentials' });
  const [user = '', password = '', ...more] = text.split(/\r?\n/);
  if (user === '' || password === '' || more.some((line) => line !== '')) {
    throw new UsageError('the text of --credentials-file is not a user and a password, a line each', {
      code: 'usage.credentials',
      hint: 'Nothing was done.',
    });
  }
  return { user, password: new Secret(password) };
}

/**
 * A text as a key of backups: spaces and line ends do not count.
 *
 * @param name what an error calls it
 * @throws UsageError where nothing is in it
 */
export function keyOf(text: string, name: string): Secret {
  const key = text.replaceAll(/\s/g, '');
  if (key === '') {
    throw new UsageError(`${name} has no key`, { code: 'usage.key-file', hint: 'Nothing was done.' });
  }
  return new Secret(key);
}
