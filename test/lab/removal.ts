import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from './cache.ts';
import { removeCgroup } from './cgroups.ts';
import { Network } from './network.ts';

/** Where the labs of this machine are kept. On a real file system: engines refuse to store images on an overlay. */
export const labsDirectory = (): string => join(cacheDir(), 'labs');

/** The directories of the labs that are up, or were left by a failure. */
export async function listLabs(): Promise<string[]> {
  const names = await readdir(labsDirectory()).catch(() => []);
  return names.map((name) => join(labsDirectory(), name));
}

/**
 * Takes a lab down, in any state and from any process: its processes, and with them their mounts and loop devices;
 * its namespaces with their links; its control groups; its files. Nothing needs to be known but its directory.
 */
export async function removeLab(directory: string): Promise<void> {
  const prefix = basename(directory);
  await removeCgroup(prefix);
  await new Network(prefix).remove();
  await rm(directory, { recursive: true, force: true });
}
