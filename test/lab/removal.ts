import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from './cache.ts';
import { removeCgroup } from './cgroups.ts';
import { Network } from './network.ts';

/** Where the labs of this machine are kept. On a real file system: engines refuse to store images on an overlay. */
export const labsDirectory = (): string => join(cacheDir(), 'labs');

/** What is known of a lab from outside; `lab.json` in its directory. */
interface LabRecord {
  /** The process that the lab ends with; absent when it is to stay until it is taken down. */
  owner?: { pid: number; startedAt: string };
}

/** The directories of the labs that are up, or were left by a failure. */
export async function listLabs(): Promise<string[]> {
  const names = await readdir(labsDirectory()).catch(() => []);
  return names.map((name) => join(labsDirectory(), name));
}

/**
 * Takes a lab down, whatever state it is in and whoever made it: its processes, and with them their mounts and loop devices;
 * its namespaces with their links; its control groups; its files. Nothing needs to be known but its directory.
 */
export async function removeLab(directory: string): Promise<void> {
  const prefix = basename(directory);
  await removeCgroup(prefix);
  await new Network(prefix).remove();
  await rm(directory, { recursive: true, force: true });
}

/** Takes down the labs whose owner is gone. */
export async function removeOrphans(): Promise<void> {
  for (const directory of await listLabs()) {
    if (!(await isOwned(directory))) await removeLab(directory);
  }
}

async function isOwned(directory: string): Promise<boolean> {
  const record = await readFile(join(directory, 'lab.json'), 'utf8').catch(() => undefined);
  // A lab writes its record first of all: one that has none is being made, or has just been removed.
  if (record === undefined) return true;
  const { owner } = JSON.parse(record) as LabRecord;
  return owner === undefined || (await startTime(owner.pid)) === owner.startedAt;
}

/** Notes whose lab it is: this process's, or, when it is to stay, nobody's. */
export async function writeRecord(directory: string, stay: boolean): Promise<void> {
  const owner = { pid: process.pid, startedAt: (await startTime(process.pid)) ?? '' };
  const record: LabRecord = stay ? {} : { owner };
  await writeFile(join(directory, 'lab.json'), JSON.stringify(record));
}

/** When a process started, in ticks since the machine did; together with its ID it names the process for good. */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, which may hold anything; the start time is field 22.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/**
 * Sees to it that a lab ends with this process, however this process ends: a shell waits for the end of a pipe that only this
 * process holds, then takes the lab down if it is still there.
 */
export function guard(directory: string): void {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  const script = 'cat >/dev/null; [ ! -e "$1" ] || exec "$2" --import tsx "$3" down "$(basename "$1")"';
  const child = spawn('sh', ['-c', script, 'guard', directory, process.execPath, cli], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  // The pipe itself would keep this process alive.
  (child.stdin as unknown as { unref(): void }).unref();
}
