import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

/**
 * Where everything is kept that is slow to make: outside the checkout, so that a fresh clone finds it.
 * `MATRIX_DEPLOY_CACHE` names another place; it must lie on a real file system, not on an overlay.
 */
export function cacheDir(): string {
  const { MATRIX_DEPLOY_CACHE, XDG_CACHE_HOME } = process.env;
  return MATRIX_DEPLOY_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'matrix-deploy-lab');
}

/** The path of the entry `name` made of `inputs`, whether it exists or not. Equal inputs give the same path on every machine. */
export function cachePath(name: string, inputs: unknown): string {
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return join(cacheDir(), `${name}-${key}`);
}

/**
 * The directory that `build` made of `inputs`: made now, or by an earlier run.
 * An entry is whole or absent, however a build ends, and two processes never build the same entry at once.
 * @param inputs all that the result depends on, as JSON; another value is another entry
 * @param build fills the directory that it is given
 */
export async function cached(
  name: string,
  inputs: unknown,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const target = cachePath(name, inputs);
  if (!existsSync(target)) {
    await mkdir(cacheDir(), { recursive: true });
    await withLock(`cache ${target}`, async () => {
      if (!existsSync(target)) await buildEntry(target, build);
    });
  }
  const now = new Date();
  await utimes(target, now, now);
  return target;
}

async function buildEntry(target: string, build: (directory: string) => Promise<void>): Promise<void> {
  await removeRemains(target);
  const part = await mkdtemp(`${target}.part-`);
  await chmod(part, 0o755);
  try {
    await build(part);
    await rename(part, target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

const unusedDays = 14;

/** Removes what killed builds of this entry have left, and what no run has used for two weeks. */
async function removeRemains(target: string): Promise<void> {
  const oldest = Date.now() - unusedDays * 24 * 3600 * 1000;
  for (const name of await readdir(cacheDir())) {
    const path = join(cacheDir(), name);
    const isEntry = /-[0-9a-f]{16}(\.part-\w+)?$/.test(name);
    if (path.startsWith(`${target}.part-`) || (isEntry && (await usedAt(path)) < oldest)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** In milliseconds since 1970. Another process may have removed it meanwhile: it is then as good as just used. */
async function usedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}
