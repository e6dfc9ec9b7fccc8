import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { isErrno } from '../host/files.ts';
import { identifyProcess, isAlive } from '../host/process-identity.ts';
import { directoryLock, type LockPlace } from './lock-place.ts';
import { removeTemporaries } from './temporary-files.ts';

const holderSchema = z.object({
  pid: z.number(),
  /** Tells a process from a later one with the same number. */
  processStart: z.string(),
  boot: z.string(),
  user: z.string(),
  command: z.string(),
  since: z.string(),
  /** Directory of the deployment that it changes. Absent in locks of earlier versions. */
  directory: z.string().optional(),
});

type Holder = z.infer<typeof holderSchema>;

/** A run that changes a deployment, and the locks that it must hold. */
interface LockedRun {
  readonly directory: string;
  /** Shown to another run that finds the lock held. */
  readonly command: string;
  /** The locks to hold beside that of the directory. */
  readonly beside?: readonly LockPlace[];
}

/**
 * Runs an action while no other process changes the deployment. A lock names its holder. The lock of a dead process
 * is taken over, and the temporary files that it has left are removed.
 *
 * @throws LockError when a living process holds one of the locks
 */
export async function withLock<Result>(
  { processId, clock }: Pick<Context, 'processId' | 'clock'>,
  { directory, command, beside = [] }: LockedRun,
  action: () => Promise<Result>,
): Promise<Result> {
  const holder: Holder = {
    ...(await identifyProcess(processId)),
    user: userInfo().username,
    command,
    since: clock.now().toISOString(),
    directory,
  };
  const run = async () => {
    await removeTemporaries(directory);
    return action();
  };
  // The lock of the directory is taken last: a run that another lock refuses has written nothing.
  const places = [...beside, directoryLock(directory)];
  return places.reduceRight<() => Promise<Result>>(
    (inner, place) => () => holding(place, holder, inner),
    run,
  )();
}

/**
 * Refuses to continue while another run changes the deployment. To be called before anything is judged that such a
 * run may be changing.
 *
 * @param beside the places for locks to look at, beside the directory
 * @throws LockError when a living process holds a lock
 */
export async function refuseHeld(directory: string, beside: readonly LockPlace[] = []): Promise<void> {
  for (const place of [directoryLock(directory), ...beside]) {
    try {
      refuseLiving(await readLock(place));
    } catch (error) {
      // A user who may not read the lock may not change anything either. A preflight check reports that.
      if (!isErrno(error, 'EACCES')) {
        throw error;
      }
    }
  }
}

async function holding<Result>(
  place: LockPlace,
  holder: Holder,
  action: () => Promise<Result>,
): Promise<Result> {
  await takeLock(place, JSON.stringify({ ...holder, id: crypto.randomUUID() }));
  try {
    return await action();
  } finally {
    // A lock that cannot be removed, for example without the engine, is taken over once this process has ended.
    await place.remove('lock').catch(() => {});
  }
}

async function takeLock(place: LockPlace, text: string): Promise<void> {
  while (!(await place.put('lock', text))) {
    const found = await readLock(place);
    refuseLiving(found);
    await removeDead(place, found.text, text);
  }
}

interface FoundLock {
  readonly text: string | undefined;
  /** The holder, if its process is alive. */
  readonly living: Holder | undefined;
}

async function readLock(place: LockPlace): Promise<FoundLock> {
  const text = await place.read('lock');
  return { text, living: await livingHolder(text) };
}

async function livingHolder(text: string | undefined): Promise<Holder | undefined> {
  const holder = parseHolder(text);
  return holder !== undefined && (await isAlive(holder)) ? holder : undefined;
}

function refuseLiving({ living }: FoundLock): void {
  if (living !== undefined) {
    const { user, command, directory = 'here', pid, since } = living;
    const place = directory === 'here' ? directory : `in ${directory}`;
    throw new LockError(
      `${user} is running \`matrix-deploy ${command}\` ${place} (process ${pid}, since ${since})`,
      { code: 'lock.held', hint: 'Wait until it has ended, then run the command again.', holder: command },
    );
  }
}

// Only one process may compare and remove: a second one would remove the lock of a process that took it in between.
async function removeDead(place: LockPlace, dead: string | undefined, own: string): Promise<void> {
  if (!(await place.put('takeover', own))) {
    // This lock is held for some milliseconds, unless its holder has died.
    if ((await livingHolder(await place.read('takeover'))) === undefined) {
      await place.remove('takeover');
    }
    await sleep(20);
    return;
  }
  try {
    if ((await place.read('lock')) === dead) {
      await place.remove('lock');
    }
  } finally {
    await place.remove('takeover');
  }
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
