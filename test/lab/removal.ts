import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from './cache.ts';
import { removeCgroup } from './cgroups.ts';
import { withLock } from './lock.ts';
import { Network } from './network.ts';

/** Where the labs of this machine are kept. On a real file system: engines refuse to store images on an overlay. */
export const labsDirectory = (): string => join(cacheDir(), 'labs');

/** The directories of the labs that are up, or were left by a failure. */
export async function listLabs(): Promise<string[]> {
  const names = await readdir(labsDirectory()).catch(() => []);
  return names.map((name) => join(labsDirectory(), name));
}

/** Says which process a lab belongs to; absent in one that is nobody's. */
export const ownerFile = (directory: string): string => join(directory, 'owner.json');

/**
 * Takes a lab down, in any state and from any process, also from several at once: its processes, and with them their mounts and
 * loop devices; its namespaces with their links; its control groups; its files. Nothing needs to be known but its directory.
 */
export async function removeLab(directory: string): Promise<void> {
  await withLock(`remove ${directory}`, async () => {
    const prefix = basename(directory);
    await removeCgroup(prefix);
    await new Network(prefix).remove();
    await removeFiles(directory);
  });
}

/** Its owner last: a lab without one is left alone, and a removal that is cut off must be begun again. */
async function removeFiles(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const others = names.map((name) => join(directory, name)).filter((path) => path !== ownerFile(directory));
  for (const path of [...others, directory]) await rm(path, { recursive: true, force: true });
}
