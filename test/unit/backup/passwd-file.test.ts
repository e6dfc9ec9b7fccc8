import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { namesFile, writeNames } from '../../../src/backup/passwd-file.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const user = { uid: 991, gid: 991 };

test("a user's name must not be written through a link that has the name of its file", async () => {
  const scratch = await temporaryDirectory();
  const victim = join(scratch, 'victim');
  await writeFile(victim, 'mine');
  await symlink(victim, namesFile({ scratch }, user));
  await writeNames({ scratch }, user);
  expect(await readFile(victim, 'utf8')).toBe('mine');
  expect((await lstat(namesFile({ scratch }, user))).isFile()).toBe(true);
});

test('the containers must be able to read it, whatever the umask is', async () => {
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const scratch = join(await temporaryDirectory(), 'scratch');
  await mkdir(scratch);
  await writeNames({ scratch }, user);
  expect((await lstat(namesFile({ scratch }, user))).mode & 0o777).toBe(0o444);
  expect(await readFile(namesFile({ scratch }, user), 'utf8')).toMatch(/^backup:x:991:991:/);
});
