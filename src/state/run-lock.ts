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
  /** Of the deployment that it changes; earlier versions did not say. */
  directory: z.string().optional(),
});

type Holder = z.infer<typeof holderSchema>;

/** What a run that changes a deployment says of itself, and which locks it must hold. */
interface LockedRun {
  readonly directory: string;
  /** Shown to another run that finds the lock held. */
  readonly command: string;
  /** The locks to hold beside that of the directory. */
  readonly beside?: readonly LockPlace[];
}

/**
 * Runs something while nobody else changes the deployment. A lock names its holder; one that a dead process left is taken
 * over, and the temporary files that it left are removed.
 *
 * @throws LockError when a living process holds one of them.
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
  // That of the directory is the innermost: who is refused before has written nothing.
  const places = [...beside, directoryLock(directory)];
  return places.reduceRight<() => Promise<Result>>(
    (inner, place) => () => holding(place, holder, inner),
    run,
  )();
}

/**
 * Looks whether somebody else is changing the deployment, before anything is judged that this other run may be changing.
 *
 * @param beside where to look beside the directory
 * @throws LockError when a living process holds a lock.
 */
export async function refuseHeld(directory: string, beside: readonly LockPlace[] = []): Promise<void> {
  for (const place of [directoryLock(directory), ...beside]) {
    try {
      refuseLiving(await readLock(place));
    } catch (error) {
      // Who may not look may not change anything either, and is told by the check of the host.
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
    // One that stays, as where the engine is gone, is taken over from this process once it has ended.
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
  /** Who holds it and lives. */
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
      { code: 'lock.held', hint: 'Wait until it has ended, then run the command again.' },
    );
  }
}

// Only one may look and remove: a second one would remove the lock of who took it in between.
async function removeDead(place: LockPlace, dead: string | undefined, own: string): Promise<void> {
  if (!(await place.put('takeover', own))) {
    // Held for some milliseconds, unless its holder died.
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
