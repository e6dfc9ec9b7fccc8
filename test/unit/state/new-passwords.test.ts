import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { openNewPasswords } from '../../../src/state/new-passwords.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

async function fileWith(text?: string) {
  const path = join(await temporaryDirectory(), 'new.csv');
  if (text !== undefined) {
    await writeFile(path, text);
  }
  return path;
}

describe('a file of new passwords', () => {
  test('must have what was put into it, for its owner only, once it is saved', async () => {
    const path = await fileWith();
    const passwords = openNewPasswords();
    await passwords.set(path, 'bob', new Secret('x-y'));
    await expect(readFile(path)).rejects.toThrow('ENOENT');
    await passwords.save();
    expect(await readFile(path, 'utf8')).toBe('name,password\nbob,x-y\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('must keep what was in it', async () => {
    const path = await fileWith('name,password\nalice,a\ncarol,c\n');
    const passwords = openNewPasswords();
    expect((await passwords.find(path, 'alice'))?.reveal()).toBe('a');
    await passwords.set(path, 'bob', new Secret('b'));
    await passwords.set(path, 'carol', undefined);
    await Promise.all([passwords.save(), passwords.save()]);
    expect(await readFile(path, 'utf8')).toBe('name,password\nalice,a\nbob,b\n');
  });

  test.each(['', 'a note\n', 'name,password,admin\nbob,x,\n', 'name,password\nbob,\n'])(
    'must be nothing else: %j',
    async (text) => {
      await expect(openNewPasswords().find(await fileWith(text), 'bob')).rejects.toThrow(UsageError);
    },
  );
});
