import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { pathProblem, readArchive } from '../../../src/procedures/restore/read-archive.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

type Entry = Partial<Header> & { name: string; text?: string };

async function archiveOf(entries: readonly Entry[]): Promise<string> {
  const archive = pack();
  for (const { text = '', ...header } of entries) archive.entry(header, text);
  archive.finalize();
  const path = join(await temporaryDirectory(), 'deployment.tar');
  await writeFile(path, await buffer(archive as unknown as NodeJS.ReadableStream));
  return path;
}

test('files must be read with their modes, whatever bytes they have', async () => {
  const path = await archiveOf([
    { name: 'matrix.yaml', mode: 0o644, text: 'a: ü\n' },
    { name: 'secrets/operator/one', mode: 0o4600, text: 'x' },
  ]);
  expect(await readArchive(path)).toEqual([
    { path: 'matrix.yaml', mode: 0o644, bytes: Buffer.from('a: ü\n') },
    { path: 'secrets/operator/one', mode: 0o600, bytes: Buffer.from('x') },
  ]);
});

test.each<[string, Entry]>([
  ['an absolute path', { name: '/etc/passwd', text: 'x' }],
  ['a path that leads out', { name: 'secrets/../../x', text: 'x' }],
  ['a path with an empty part', { name: 'secrets//x', text: 'x' }],
  ['a link', { name: 'secrets/x', type: 'symlink', linkname: '/etc/passwd' }],
  ['a hard link', { name: 'secrets/x', type: 'link', linkname: 'matrix.yaml' }],
  ['a device', { name: 'secrets/x', type: 'character-device' }],
  ['a file that is in it twice', { name: 'matrix.yaml', text: 'other' }],
])('an archive with %s must be refused', async (_, entry) => {
  const path = await archiveOf([{ name: 'matrix.yaml', text: 'x' }, entry]);
  await expect(readArchive(path)).rejects.toMatchObject({ code: 'restore.archive' });
});

test('what is no archive, or the beginning of one, must be refused', async () => {
  const whole = await archiveOf([{ name: 'matrix.yaml', text: 'x'.repeat(5000) }]);
  await writeFile(whole, (await readFile(whole)).subarray(0, 2000));
  await expect(readArchive(whole)).rejects.toMatchObject({ code: 'restore.archive' });
});

test.each(['a\nb', 'a\\b', './a', '..', '', 'a/'])('%j must be no path of a deployment', (path) => {
  expect(pathProblem(path)).toEqual(expect.any(String));
});
