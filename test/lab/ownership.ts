import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';
import { projectRoot } from './product.ts';
import { listLabs, ownerFile, removeLab } from './removal.ts';

/**
 * Makes a lab end with this process, however this process ends.
 * @returns gives the lab up, once it has been removed
 */
export async function own(directory: string): Promise<() => Promise<void>> {
  // Whole or absent: other processes look for labs without an owner.
  const part = `${ownerFile(directory)}.part`;
  await writeFile(part, JSON.stringify(await identifyProcess(process.pid)));
  await rename(part, ownerFile(directory));
  return guard(directory);
}

/** Whether a running process has this lab for itself. */
export async function isOwned(directory: string): Promise<boolean> {
  const owner = await readOwner(directory);
  return owner !== undefined && (await isRunning(owner));
}

/** Takes down the labs whose owner is gone: where the guard was killed too, or the machine lost power. */
export async function removeOrphans(): Promise<void> {
  for (const directory of await listLabs()) {
    const owner = await readOwner(directory);
    if (owner !== undefined && !(await isRunning(owner))) await removeLab(directory);
  }
}

/** @returns undefined for a lab that is nobody's */
async function readOwner(directory: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(ownerFile(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** A shell that waits for the end of a pipe that only this process holds, and takes the lab down if it is still there then. */
function guard(directory: string): () => Promise<void> {
  const script =
    'cat >/dev/null; [ ! -e "$1" ] || exec "$2" --import tsx test/lab/cli.ts down "$(basename "$1")"';
  const child = spawn('sh', ['-c', script, 'guard', directory, process.execPath], {
    cwd: projectRoot,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Neither the child nor the pipe may keep this process alive.
  child.unref();
  (child.stdin as Socket).unref();
  return async () => {
    child.ref();
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  };
}
