import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTree } from '../../../src/host/tree.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

/** A directory with these files in it. */
async function directoryWith(files: Record<string, string>): Promise<string> {
  const root = join(await temporaryDirectory(), 'extra');
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('a tree', () => {
  test('must be read whole, empty directories and what a link inside leads to included', async () => {
    const root = await directoryWith({ 'a/b.html': 'b', 'c.html': 'c' });
    await mkdir(join(root, 'empty'));
    await symlink('c.html', join(root, 'd.html'));
    await symlink('a', join(root, 'e'));
    const { entries, faults } = await readTree(root);
    expect(entries.map(({ path, bytes }) => [path, bytes?.toString()])).toEqual([
      ['a', undefined],
      ['a/b.html', 'b'],
      ['c.html', 'c'],
      ['d.html', 'c'],
      ['e', undefined],
      ['e/b.html', 'b'],
      ['empty', undefined],
    ]);
    expect(faults).toEqual([]);
  });

  test('must be empty where there is none', async () => {
    expect(await readTree('/nowhere/extra')).toEqual({ entries: [], faults: [] });
  });

  test('must end where a link leads back into it', async () => {
    const root = await directoryWith({ 'a/b.html': 'b' });
    await symlink('..', join(root, 'a/up'));
    const { faults } = await readTree(root);
    expect(faults).toHaveLength(1);
  });

  test.each<[string, (root: string) => Promise<unknown>]>([
    ['itself a link', (root) => symlink(root, `${root}-link`)],
    ['a file', (root) => writeFile(`${root}-link`, '')],
  ])('must be refused where it is %s', async (_, make) => {
    const root = await directoryWith({});
    await make(root);
    expect(await readTree(`${root}-link`)).toEqual({ entries: [], faults: ['it is no directory'] });
  });

  test('must be refused once where it is too large', async () => {
    const root = await directoryWith(
      Object.fromEntries(Array.from({ length: 2010 }, (_, index) => [`${index}.html`, ''])),
    );
    expect((await readTree(root)).faults).toEqual([expect.stringContaining('too large')]);
  });
});
