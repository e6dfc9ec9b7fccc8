import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ensureDirectory, isErrno, readIfExists, writeAtomically } from '../../../src/host/files.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

function withUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

describe('a file that is written', () => {
  test('must have its text, and leave nothing beside it', async () => {
    const directory = await temporaryDirectory();
    await writeAtomically(join(directory, 'a'), 'text', 0o600);
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('text');
    expect(await readdir(directory)).toEqual(['a']);
  });

  test.each([0o000, 0o077, 0o777])('must have its mode whatever the umask is: %o', async (mask) => {
    const directory = await temporaryDirectory();
    withUmask(mask);
    await writeAtomically(join(directory, 'open'), '', 0o644);
    await writeAtomically(join(directory, 'closed'), '', 0o600);
    expect([await modeOf(join(directory, 'open')), await modeOf(join(directory, 'closed'))]).toEqual([
      0o644, 0o600,
    ]);
  });

  test('must replace the old one as a whole: who reads it meanwhile keeps the old text', async () => {
    const path = join(await temporaryDirectory(), 'a');
    await writeAtomically(path, 'old', 0o644);
    const inode = (await stat(path)).ino;
    await writeAtomically(path, 'new', 0o600);
    expect((await stat(path)).ino).not.toBe(inode);
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['new', 0o600]);
  });

  test('must not be written through what an earlier run left', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.new'), 'a longer text of a run that died');
    await writeAtomically(join(directory, 'a'), 'text', 0o644);
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('text');
  });

  test('must leave the old one and nothing else when it cannot be written', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'a', 'b'), { recursive: true });
    await expect(writeAtomically(join(directory, 'a'), 'text', 0o644)).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['a']);
  });
});

test.each([0o000, 0o777])('a directory must have its mode whatever the umask is: %o', async (mask) => {
  const path = join(await temporaryDirectory(), 'secrets');
  withUmask(mask);
  await ensureDirectory(path, 0o700);
  await ensureDirectory(path, 0o755);
  expect(await modeOf(path)).toBe(0o755);
});

test('what is not there must be told from what cannot be read', async () => {
  const directory = await temporaryDirectory();
  await symlink('loop', join(directory, 'loop'));
  expect(await readIfExists(join(directory, 'none'))).toBeUndefined();
  await expect(readIfExists(directory)).rejects.toThrow('EISDIR');
  await expect(readIfExists(join(directory, 'loop'))).rejects.toThrow('ELOOP');
});

test.each<[unknown, boolean]>([
  [Object.assign(new Error(), { code: 'ENOENT' }), true],
  [Object.assign(new Error(), { code: 'EACCES' }), false],
  [new Error('ENOENT'), false],
  ['ENOENT', false],
  [undefined, false],
])('an error number must be read off an error only: %s', (error, expected) => {
  expect(isErrno(error, 'ENOENT')).toBe(expected);
});
