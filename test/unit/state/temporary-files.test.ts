import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTemporaries } from '../../../src/state/temporary-files.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

test('what a dead run has left beside its files must be removed, and nothing else', async () => {
  const directory = await temporaryDirectory();
  const left = [
    'data/identity.json.0123456789abcdef.new',
    'matrix.yaml.0123456789abcdef.new',
    'secrets/signing.key.0123456789abcdef.new',
    'secrets/bundles/synapse.0123456789abcdef.new/key',
    'state/lock.0123456789abcdef.new',
  ];
  const kept = [
    'cache/synapse/a.0123456789abcdef.new',
    'data/synapse/a.0123456789abcdef.new',
    'matrix.yaml',
    'secrets/signing.key.new',
    'state/a.0123456789abcdef.news',
  ];
  for (const path of [...left, ...kept]) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), '');
  }
  await removeTemporaries(directory);
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(names.sort()).toEqual(kept.map((path) => join(directory, path)));
  expect(await readdir(join(directory, 'secrets/bundles'))).toEqual([]);
});
