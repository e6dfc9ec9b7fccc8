import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secrets/secret.ts';
import { readRecord, writeRecord } from '../../../src/state/records.ts';
import { readSecret, writeSecret } from '../../../src/state/secrets.ts';
import { isOurs, withText } from '../../../src/state/written.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

describe('a record', () => {
  test('must be read back, and stand sorted in its file', async () => {
    const path = join(await temporaryDirectory(), 'record.json');
    await writeRecord(path, { b: '2', a: '1' });
    expect(await readRecord(path)).toEqual({ a: '1', b: '2' });
    expect(await readFile(path, 'utf8')).toBe('{\n  "a": "1",\n  "b": "2"\n}\n');
  });

  test.each(['', '{', '[]', '"text"', 'null', '{"a":1}', '{"a":{}}', '\u0000'])(
    'of the text %j must be taken for empty: everything can be derived again',
    async (text) => {
      const path = join(await temporaryDirectory(), 'record.json');
      await writeFile(path, text);
      expect(await readRecord(path)).toEqual({});
    },
  );

  test('that is not there must be taken for empty', async () => {
    expect(await readRecord(join(await temporaryDirectory(), 'none'))).toEqual({});
  });
});

describe('what we wrote', () => {
  const record = (...texts: string[]) =>
    texts.reduce<Readonly<Record<string, string>>>((written, text) => withText(written, 'f', text), {});

  test.each([
    ['the last text', record('a'), 'a', true],
    ['the one before, since a run may die before it writes', record('a', 'b'), 'a', true],
    ['an older one', record('a', 'b', 'c'), 'a', false],
    ['another text', record('a'), 'mine', false],
    ['a text where nothing was written', {}, 'a', false],
  ])('%s must be recognised, or not', (_title, written, text, ours) => {
    expect(isOurs(written, 'f', text)).toBe(ours);
  });
});

test('a secret must be readable by any user, in a directory that only its owner can enter', async () => {
  const directory = await temporaryDirectory();
  await writeSecret(directory, 'token', new Secret('hunter2'));
  const modes = await Promise.all(['secrets', 'secrets/token'].map((name) => stat(join(directory, name))));
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o444]);
  expect((await readSecret(directory, 'token')).reveal()).toBe('hunter2');
});
