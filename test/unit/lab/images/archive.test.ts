import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../lab/command.ts';
import { writeArchive } from '../../../lab/images/archive.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'matrix-deploy-archive-'));
});

afterEach(() => rm(directory, { recursive: true }));

const digestOf = (contents: string): string => createHash('sha256').update(contents).digest('hex');

it('writes what docker load reads: layers by digest, the configuration by its own, and a manifest', async () => {
  const layers = ['lower', 'upper'];
  for (const layer of layers) await writeFile(join(directory, layer), layer);
  const paths = layers.map((layer) => join(directory, layer));
  await writeArchive('postgres:17', { Cmd: ['postgres'] }, paths, join(directory, 'image.tar'));

  const inside = join(directory, 'inside');
  await run('mkdir', [inside]);
  await run('tar', ['-C', inside, '-xf', join(directory, 'image.tar')]);
  const [manifest] = JSON.parse(await readFile(join(inside, 'manifest.json'), 'utf8'));
  expect(manifest.RepoTags).toEqual(['postgres:17']);
  expect(manifest.Layers).toEqual(layers.map((layer) => `${digestOf(layer)}.tar`));
  const description = await readFile(join(inside, manifest.Config), 'utf8');
  expect(manifest.Config).toBe(`${digestOf(description)}.json`);
  expect(JSON.parse(description)).toMatchObject({
    config: { Cmd: ['postgres'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${digestOf(layer)}`) },
  });
  expect(await readdir(directory)).toEqual(['image.tar', 'inside', 'lower', 'upper']);
});
