import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cached, cachePath } from '../../lab/cache.ts';

let directory: string;
const before = process.env.MATRIX_DEPLOY_CACHE;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'matrix-deploy-cache-'));
  process.env.MATRIX_DEPLOY_CACHE = directory;
});

afterEach(async () => {
  if (before === undefined) delete process.env.MATRIX_DEPLOY_CACHE;
  else process.env.MATRIX_DEPLOY_CACHE = before;
  await rm(directory, { recursive: true });
});

const write = (text: string) => (target: string) => writeFile(join(target, 'text'), text);

describe('cached', () => {
  it('builds an entry once, for all that ask for it at the same time', async () => {
    let builds = 0;
    const build = async (target: string): Promise<void> => {
      builds += 1;
      await write('whole')(target);
    };
    const paths = await Promise.all([1, 2, 3].map(() => cached('entry', { a: 1 }, build)));
    expect(new Set(paths).size).toBe(1);
    expect(builds).toBe(1);
    expect(await readFile(join(paths[0] ?? '', 'text'), 'utf8')).toBe('whole');
  });

  it('keeps entries of different inputs apart', async () => {
    const one = await cached('entry', { version: 1 }, write('one'));
    const two = await cached('entry', { version: 2 }, write('two'));
    expect(await readFile(join(one, 'text'), 'utf8')).toBe('one');
    expect(await readFile(join(two, 'text'), 'utf8')).toBe('two');
  });

  it('leaves nothing of a build that fails, and builds again', async () => {
    const fails = cached('entry', {}, async (target) => {
      await write('half')(target);
      throw new Error('no space left');
    });
    await expect(fails).rejects.toThrow('no space left');
    expect(await readdir(directory)).toEqual([]);
    expect(await cached('entry', {}, write('whole'))).toBe(cachePath('entry', {}));
  });

  it('removes what a killed build has left', async () => {
    await mkdir(`${cachePath('entry', {})}.part-killed`);
    const path = await cached('entry', {}, write('whole'));
    expect(await readdir(directory)).toEqual([path.slice(directory.length + 1)]);
  });

  it('removes what nobody has used for two weeks, and nothing else', async () => {
    const longAgo = new Date(Date.now() - 15 * 24 * 3600 * 1000);
    const old = await cached('old', {}, write('old'));
    const others = join(directory, 'labs');
    await mkdir(others);
    for (const path of [old, others]) await utimes(path, longAgo, longAgo);
    const used = await cached('used', {}, write('used'));
    expect((await readdir(directory)).sort()).toEqual(['labs', used.slice(directory.length + 1)]);
  });
});
