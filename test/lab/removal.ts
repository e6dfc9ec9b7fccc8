import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
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
    const owner = await readOwner(directory);
    if (owner !== undefined && !(await isRunning(owner))) await removeLab(directory);
  }
}

/** Whether a running process has this lab for itself. */
export async function isOwned(directory: string): Promise<boolean> {
  const owner = await readOwner(directory);
  return owner !== undefined && (await isRunning(owner));
}

async function readOwner(directory: string): Promise<LabRecord['owner']> {
  const record = await readFile(join(directory, 'lab.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(record) as LabRecord).owner;
}

async function isRunning({ pid, startedAt }: NonNullable<LabRecord['owner']>): Promise<boolean> {
  return (await startTime(pid)) === startedAt;
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
 * @returns ends the guard of a lab that has been removed
 */
export function guard(directory: string): () => Promise<void> {
  const cli = join(import.meta.dirname, 'cli.ts');
  const script = 'cat >/dev/null; [ ! -e "$1" ] || exec "$2" --import tsx "$3" down "$(basename "$1")"';
  const child = spawn('sh', ['-c', script, 'guard', directory, process.execPath, cli], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  // Of the two ends that would keep this process alive, the pipe is the other.
  (child.stdin as Socket).unref();
  return async () => {
    child.ref();
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  };
}
