import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Engine } from '../../../src/docker/engine.ts';
import { completeSet, restoring, settleStaged, stagedPath } from '../../../src/procedures/restore/staging.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const set = '20261130-040000-abcd';

it('a restore that dies right before matrix.yaml gets its place must leave no dump, and be continued', async () => {
  const directory = await temporaryDirectory();
  const stage = { engine: {} as Engine, directory, workplace: restoring, image: 'restic' };
  const write = async (path: string) => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, 'x');
  };
  await write(stagedPath(stage, 'secrets/signing.key'));
  await write(stagedPath(stage, 'matrix.yaml'));
  await write(join(directory, restoring.path, 'dumps/synapse.dump'));
  // It cannot get its place while there is such a directory.
  await write(join(directory, 'matrix.yaml/in-the-way'));
  await expect(settleStaged(stage, set)).rejects.toThrow();
  expect(await completeSet({ directory })).toBe(set);
  expect((await readdir(join(directory, restoring.path))).sort()).toEqual(['complete', 'deployment']);

  await rm(join(directory, 'matrix.yaml'), { recursive: true });
  await settleStaged(stage, set);
  expect((await readdir(directory)).sort()).toEqual(['matrix.yaml', 'secrets', 'state']);
  expect(await readdir(join(directory, 'state'))).not.toContain('restore');
});
