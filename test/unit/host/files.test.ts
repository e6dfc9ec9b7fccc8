import {
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import {
  ensureDirectory,
  exists,
  isErrno,
  isTemporaryOf,
  readIfExists,
  temporaryPath,
  writeAtomically,
  writeNew,
} from '../../../src/host/files.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

/** Only root may give a file to somebody else. */
const isRoot = userInfo().uid === 0;
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

  test('must not be written through a link that somebody has put in its place', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'victim'), 'precious');
    await symlink('victim', join(directory, 'a'));
    await writeAtomically(join(directory, 'a'), 'text', 0o600);
    expect((await lstat(join(directory, 'a'))).isFile()).toBe(true);
    expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('precious');
    expect(await modeOf(join(directory, 'victim'))).toBe(0o644);
  });

  test('must be written under a name that is another one each time', async () => {
    const names = Array.from({ length: 100 }, () => temporaryPath('/opt/matrix/matrix.yaml'));
    expect(new Set(names).size).toBe(100);
    expect(names.every((name) => isTemporaryOf('matrix.yaml', basename(name)))).toBe(true);
  });

  test('must take away what an earlier run left of it, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const others = ['a.new', 'ab.0123456789abcdef.new', 'a.0123456789abcdef.news', 'a.fedcba9876543210.new'];
    for (const name of ['a.0123456789abcdef.new', ...others]) await writeFile(join(directory, name), '');
    await utimes(join(directory, 'a.0123456789abcdef.new'), 0, 0);
    await writeAtomically(join(directory, 'a'), 'text', 0o644);
    expect((await readdir(directory)).sort()).toEqual(['a', ...others].sort());
  });

  test('must be written also where another run removes its new text for what a dead one has left', async () => {
    const directory = await temporaryDirectory();
    const writing = writeAtomically(join(directory, 'a'), 'text', 0o644);
    let removed = 0;
    while (removed < 3 && !(await exists(join(directory, 'a')))) {
      for (const name of await readdir(directory)) {
        if (name.endsWith('.new')) await rm(join(directory, name), { force: true });
        removed += 1;
      }
    }
    await writing;
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('text');
    expect(await readdir(directory)).toEqual(['a']);
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

test('those above a directory that is created must be closed to others whatever the umask is', async () => {
  const above = await temporaryDirectory();
  withUmask(0o000);
  await ensureDirectory(join(above, 'a/b/c'), 0o700);
  expect([await modeOf(join(above, 'a')), await modeOf(join(above, 'a/b'))]).toEqual([0o755, 0o755]);
});

test('a file that must be new must not be written where a link leads, even to nothing', async () => {
  const directory = await temporaryDirectory();
  await symlink('victim', join(directory, 'a'));
  await expect(writeNew(join(directory, 'a'), 'text', 0o600)).rejects.toThrow('EEXIST');
  expect(await readdir(directory)).toEqual(['a']);
});

describe('a directory that is to be made, where a link is', () => {
  test('must be left as it is where the link is ours: its mode is not ours to set', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'disk'), { mode: 0o751 });
    await symlink('disk', join(directory, 'data'));
    await ensureDirectory(join(directory, 'data'), 0o700);
    expect(await modeOf(join(directory, 'disk'))).toBe(0o751);
  });

  test.runIf(isRoot)('must be refused where another user has put it', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'disk'), { mode: 0o751 });
    await symlink('disk', join(directory, 'state'));
    await lchown(join(directory, 'state'), 12_345, 12_345);
    await expect(ensureDirectory(join(directory, 'state'), 0o700)).rejects.toThrow(UserError);
    expect(await modeOf(join(directory, 'disk'))).toBe(0o751);
  });
});

test('a file that is larger than anything that is read must be refused by its size', async () => {
  const path = join(await temporaryDirectory(), 'matrix.yaml');
  await writeFile(path, '');
  await truncate(path, 5 * 2 ** 30);
  await expect(readIfExists(path)).rejects.toThrow('matrix.yaml is larger than 64 MB');
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
