import { link, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { ensureDirectory, isErrno, readForeign, writeNew } from '../host/files.ts';
import { layout, modes } from './layout.ts';

const holderSchema = z.object({
  pid: z.number(),
  /** Tells a process from a later one with the same number. */
  processStart: z.string(),
  boot: z.string(),
  user: z.string(),
  command: z.string(),
  since: z.string(),
});

/** A guard is held for some milliseconds: one of this age was left by a process that died. */
const guardMilliseconds = 10_000;

type Holder = z.infer<typeof holderSchema>;

/**
 * Runs something while nobody else changes the deployment. The lock names its holder; one that a dead process left is taken over.
 *
 * @throws LockError when a living process holds it.
 */
export async function withLock<Result>(
  { processId, clock }: Pick<Context, 'processId' | 'clock'>,
  directory: string,
  command: string,
  action: () => Promise<Result>,
): Promise<Result> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  const path = join(directory, layout.lock);
  await takeLock(path, {
    pid: processId,
    processStart: (await processStart(processId)) ?? '',
    boot: await bootId(),
    user: userInfo().username,
    command,
    since: clock.now().toISOString(),
  });
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Looks whether somebody else is changing the deployment, before anything is judged that he may be changing.
 *
 * @throws LockError when a living process holds the lock.
 */
export async function refuseHeld(directory: string): Promise<void> {
  try {
    refuseLiving(await readLock(join(directory, layout.lock)));
  } catch (error) {
    // Who may not look may not change anything either, and is told by the check of the host.
    if (!isErrno(error, 'EACCES')) {
      throw error;
    }
  }
}

async function takeLock(path: string, holder: Holder): Promise<void> {
  while (!(await linkWhole(path, JSON.stringify(holder)))) {
    const found = await readLock(path);
    refuseLiving(found);
    await removeDead(path, found.text);
  }
}

interface FoundLock {
  readonly text: string | undefined;
  /** Who holds it and lives. */
  readonly living: Holder | undefined;
}

async function readLock(path: string): Promise<FoundLock> {
  const text = await readForeign(path);
  const holder = parseHolder(text);
  return { text, living: holder !== undefined && (await isAlive(holder)) ? holder : undefined };
}

function refuseLiving({ living }: FoundLock): void {
  if (living !== undefined) {
    throw new LockError(
      `${living.user} is running \`matrix-deploy ${living.command}\` here (process ${living.pid}, since ${living.since})`,
      { code: 'lock.held', hint: 'Wait until it has ended, then run the command again.' },
    );
  }
}

/** Makes a file that has its text from the first moment on; `false` where there is one already. */
async function linkWhole(path: string, text: string): Promise<boolean> {
  const own = `${path}.${crypto.randomUUID()}`;
  await writeNew(own, text, modes.state);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

// Only one may look and remove: a second one would remove the lock of whoever took it in between.
async function removeDead(path: string, dead: string | undefined): Promise<void> {
  const guard = `${path}.heal`;
  if (!(await linkWhole(guard, ''))) {
    const age = await stat(guard).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > guardMilliseconds) {
      await rm(guard, { force: true });
    }
    await sleep(20);
    return;
  }
  try {
    if ((await readForeign(path)) === dead) {
      await rm(path, { force: true });
    }
  } finally {
    await rm(guard, { force: true });
  }
}

async function isAlive({ pid, processStart: start, boot }: Holder): Promise<boolean> {
  return boot === (await bootId()) && start === (await processStart(pid));
}

/** A process's start, in clock ticks since boot (proc(5), field 22 of stat): `undefined` for one that is not there. */
async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readForeign(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function bootId(): Promise<string> {
  return ((await readForeign('/proc/sys/kernel/random/boot_id').catch(() => '')) ?? '').trim();
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
