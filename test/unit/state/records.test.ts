import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOurs, type Written, withText } from '../../../src/plan/written.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { readRecord, writeRecord } from '../../../src/state/records.ts';
import { readSecret, writeSecret } from '../../../src/state/secrets.ts';
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
  /** The record after these texts were written, and after runs that died before they wrote more. */
  const record = (texts: readonly string[], ...deaths: string[]) => {
    const there = (index: number) => texts[Math.min(index, texts.length) - 1];
    return [...texts, ...deaths].reduce<Written>(
      (written, text, index) => withText(written, 'f', text, there(index)),
      {},
    );
  };

  test.each([
    ['the last text', record(['a']), 'a', true],
    ['the one before, since a run may die before it writes', record(['a'], 'b'), 'a', true],
    ['the one that is there, however often runs die', record(['a'], 'b', 'b', 'c'), 'a', true],
    ['an older one', record(['a', 'b', 'c']), 'a', false],
    ['another text', record(['a']), 'mine', false],
    ['an edit that a run was to overwrite', withText(record(['a']), 'f', 'b', 'mine'), 'mine', false],
    ['a text where nothing was written', {}, 'a', false],
  ])('%s must be recognised, or not', (_title, written, text, ours) => {
    expect(isOurs(written, 'f', text)).toBe(ours);
  });
});

test("a secret must be its owner's alone where nothing else is said, in a directory that only its owner can enter", async () => {
  const directory = await temporaryDirectory();
  await writeSecret(directory, 'token', new Secret('hunter2'));
  const modes = await Promise.all(['secrets', 'secrets/token'].map((name) => stat(join(directory, name))));
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600]);
  expect((await readSecret(directory, 'token')).reveal()).toBe('hunter2');
});
