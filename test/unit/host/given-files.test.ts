import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { readPassword, readSecretFile, readUsers, readYamlFile } from '../../../src/host/given-files.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const readers = { readPassword, readSecretFile, readYamlFile, readUsers };

/** What a reader makes of these bytes, in a file or on the standard input. */
async function given<Reader extends keyof typeof readers>(
  reader: Reader,
  way: string,
  bytes: Uint8Array,
): Promise<Awaited<ReturnType<(typeof readers)[Reader]>>> {
  const workingDirectory = await temporaryDirectory();
  await writeFile(join(workingDirectory, 'given'), bytes, { mode: 0o600 });
  const stdin = Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]);
  const { signal: interrupt } = new AbortController();
  return readers[reader](way, { workingDirectory, stdin, interrupt }) as never;
}

describe.each(['given', '-'])('what is read from %s', (way) => {
  test.each([
    ['a line end', 'pässword\n'],
    ['a line end of Windows', 'pässword\r\n'],
    ['no line end', 'pässword'],
    ['a byte order mark', '\ufeffpässword\n'],
    ['more lines', 'pässword\nnext\n'],
  ])('must be the same password with %s', async (_title, text) => {
    expect((await given('readPassword', way, Buffer.from(text))).reveal()).toBe('pässword');
  });

  test.each([
    ['in Latin-1', Buffer.from('hüter2', 'latin1'), /not UTF-8: byte 0xFC at offset 1/],
    ['in UTF-16', Buffer.from('\ufeffhunter2', 'utf16le'), /is UTF-16/],
    ['in UTF-16 without its mark', Buffer.from('hunter2', 'utf16le'), /control character/],
    ['with a NUL', Buffer.from('hunter2\0'), /control character/],
    ['with a tab', Buffer.from('hunter2\t'), /control character/],
    ['with a lone carriage return', Buffer.from('hunter2\r'), /control character/],
    ['of spaces', Buffer.from('   \n'), /white space only/],
    ['of nothing', Buffer.from('\n'), /cannot be empty/],
    ['that was lost already', Buffer.from('h\ufffdunter2'), /U\+FFFD/],
    ['without an end', Buffer.alloc(2 ** 17, 'hunter2'), /longer than/],
  ])('must not be taken for a password %s, nor be shown', async (_title, bytes, problem) => {
    const failure = await given('readPassword', way, bytes).catch((error) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toMatch(problem);
    expect(failure.message).not.toMatch(/h.?nter2|hüter/);
  });

  test('must be a secret whole, with the lines within it and without the last line end', async () => {
    const secret = await given('readSecretFile', way, Buffer.from('\ufeffä\nb\r\n'));
    expect(secret.reveal()).toBe('ä\nb');
  });

  test.each([
    ['in Latin-1', Buffer.from('hüter2', 'latin1'), /not UTF-8: byte 0xFC at offset 1/],
    ['in UTF-16', Buffer.from('\ufeffhunter2', 'utf16le'), /is UTF-16/],
    ['with a NUL', Buffer.from('hunter2\0'), /null character/],
    ['with a space at its end', Buffer.from('hunter2 \n'), /white space/],
    ['of nothing', Buffer.from('\n'), /is empty/],
    ['without an end', Buffer.alloc(2 ** 17, 'hunter2'), /longer than/],
  ])('must not be taken for a secret %s, nor be shown', async (_title, bytes, problem) => {
    const failure = await given('readSecretFile', way, bytes).catch((error) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toMatch(problem);
    expect(failure.message).not.toMatch(/h.?nter2|hüter/);
  });

  test('must be refused in Latin-1 as users and as answers, by the flag', async () => {
    const latin = Buffer.from('name\nbjörn\n', 'latin1');
    await expect(given('readUsers', way, latin)).rejects.toThrow(
      /--from is not UTF-8: byte 0xF6 at offset 7/,
    );
    await expect(given('readYamlFile', way, latin)).rejects.toThrow(/--answers is not UTF-8/);
  });

  test('must lose its byte order mark as answers', async () => {
    expect(await given('readYamlFile', way, Buffer.from('\ufeffadmin: ann\n'))).toBe('admin: ann\n');
  });
});

test.each([
  ['be refused where others can reach it', 0o755, 'usage.password-file'],
  ['be taken from a directory that only its owner can enter', 0o700, undefined],
])('a password in a file that others can read must %s', async (_title, mode, code) => {
  const workingDirectory = await temporaryDirectory();
  await writeFile(join(workingDirectory, 'given'), 'pässword\n');
  await chmod(join(workingDirectory, 'given'), 0o644);
  await chmod(workingDirectory, mode);
  const where = { workingDirectory, stdin: Readable.from([]), interrupt: new AbortController().signal };
  const read = await readPassword('given', where).then(
    () => undefined,
    (error) => error.code,
  );
  expect(read).toBe(code);
});
