import { X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { passwordProblem } from '../config/password.ts';
import { secretProblem } from '../config/secret-value.ts';
import { messageOf, UsageError } from '../errors.ts';
import { Secret } from '../secrets/secret.ts';
import { shellWord } from '../shell-word.ts';
import { within } from './bounds.ts';
import { isReadableByOthers } from './readable-by-others.ts';
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
 * Reads a password: the first line, without its line break, of a file that only its owner can read; `-` is the
 * standard input.
 *
 * @throws UsageError if the line is no valid password, or if others can read the file
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
 * Reads a secret: the whole text, without a line break at its end, of a file that only its owner can read; `-` is the
 * standard input.
 *
 * @throws UsageError if the text is no valid secret, or if others can read the file
 */
export async function readSecretFile(name: string, where: Where, flag = '--file'): Promise<Secret> {
  const given = { name, flag, most: 2 ** 16 };
  const text = await readPrivate(given, where, { what: 'secret', code: 'usage.secret' });
  return secretOf(text.replace(/\r?\n$/, ''), `the text of ${flag}`);
}

/**
 * A text as a secret.
 *
 * @param name names the text in an error
 * @throws UsageError if the text is no valid secret
 */
export function secretOf(text: string, name: string): Secret {
  const problem = secretProblem(text);
  if (problem !== undefined) {
    throw new UsageError(`${name} ${problem}`, { code: 'usage.secret', hint: 'Nothing was set.' });
  }
  return new Secret(text);
}

/**
 * Reads a file of users; `-` is the standard input.
 *
 * @returns the text, and whether others can read the file
 * @throws UsageError if the file cannot be read, is not UTF-8, or has the character U+FFFD
 */
export async function readUsers(name: string, where: Where) {
  const text = await read({ name, flag: '--from', most: 2 ** 26 }, where);
  if (text.includes('\ufffd')) {
    throw new UsageError('the text of --from has the character U+FFFD, which stands for one that was lost', {
      code: 'usage.encoding',
      hint: 'Nothing was done. Save the file again, as "CSV UTF-8", in the program that created it.',
    });
  }
  const isOpen = name !== '-' && (await isReadableByOthers(resolve(where.workingDirectory, name)));
  return { text, isOpen };
}

/**
 * Reads a PEM file of CA certificates.
 *
 * @throws UsageError if it has no certificate, or has a private key: its text is copied to a file that all can read
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
 * @param flag the flag, or the argument, that names the file
 * @throws UsageError where it cannot be read, or is not UTF-8.
 */
export async function readYamlFile(name: string, where: Where, flag = '--answers'): Promise<string> {
  return read({ name, flag, most: 2 ** 20 }, where);
}

/**
 * The text of a release document, or of its signature.
 *
 * @param most maximum length, in bytes
 * @throws UsageError where it cannot be read, is longer, or is not UTF-8.
 */
export async function readReleaseFile(name: string, most: number, where: Where): Promise<string> {
  return read({ name, flag: '--from', most }, where);
}

/**
 * Reads all of the standard input, to which matrix-deploy on another host writes.
 *
 * @throws UsageError where it is not UTF-8
 */
export async function readStandardInput(flag: string, where: Where): Promise<string> {
  return read({ name: '-', flag, most: 2 ** 24 }, where);
}

/** Reads a file, and refuses one that others can read. */
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
  // Without a time limit: the writer of a pipe may take any time.
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

/**
 * Reads the key of backups, the whole text of a file that only its owner can read; `-` is the standard input.
 *
 * @throws UsageError if there is no key, or if others can read the file
 */
export async function readKeyFile(name: string, where: Where): Promise<Secret> {
  const given = { name, flag: '--key-file', most: 2 ** 12 };
  const text = await readPrivate(given, where, { what: 'key', code: 'usage.key-file' });
  return keyOf(text, 'the text of --key-file');
}

/**
 * Reads a user and a password, the two lines of a file that only its owner can read; `-` is the standard input.
 *
 * @throws UsageError if a line is missing, if there are more, or if others can read the file
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
 * A text as the key of backups, without its white space.
 *
 * @param name names the text in an error
 * @throws UsageError if nothing is left
 */
export function keyOf(text: string, name: string): Secret {
  const key = text.replaceAll(/\s/g, '');
  if (key === '') {
    throw new UsageError(`${name} has no key`, { code: 'usage.key-file', hint: 'Nothing was done.' });
  }
  return new Secret(key);
}
