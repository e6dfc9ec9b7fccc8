import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesFor, renameDirectory, type Side } from '../../../src/procedures/restore/change-places.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const places = { inUse: 'media', beside: 'media.restored', before: 'media.before' };

/** Makes directories, each with what it is in a file. */
async function directoryWith(found: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [name, what] of Object.entries(found)) {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'what'), what);
  }
  return directory;
}

async function foundIn(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory);
  const found = names.map(
    async (name) => [name, await readFile(join(directory, name, 'what'), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

const restored = { media: 'restored', 'media.before': 'before' };
const before = { media: 'before', 'media.restored': 'restored' };
const half = { 'media.before': 'before', 'media.restored': 'restored' };

test.each<[string, Side, Record<string, string>, Record<string, string>]>([
  ['not begun', 'restored', before, restored],
  ['interrupted in the middle', 'restored', half, restored],
  ['done', 'restored', restored, restored],
  ['not begun', 'before', restored, before],
  ['interrupted in the middle', 'before', half, before],
  ['done', 'before', before, before],
  ['for what was lost', 'restored', { 'media.restored': 'restored' }, { media: 'restored' }],
  ['for what was lost', 'before', { media: 'restored' }, { media: 'restored' }],
])('a change of places that is %s must end with what is %s in use', async (_, side, start, end) => {
  const directory = await directoryWith(start);
  await renameDirectory({ directory }, places, side);
  expect(await foundIn(directory)).toEqual(end);
});

test('a database must free its name before another one gets it', () => {
  const identities = { before: '7/16384', restored: '7/20000' };
  const database = { inUse: 'synapse', beside: 'synapse_new', before: 'synapse_old', identities };
  expect(namesFor(database, 'restored')).toEqual([
    ['7/16384', 'synapse_old'],
    ['7/20000', 'synapse'],
  ]);
  expect(namesFor(database, 'before')).toEqual([
    ['7/20000', 'synapse_new'],
    ['7/16384', 'synapse'],
  ]);
});
