import { converge } from '../../apply/converge.ts';
import { toTheEnd } from '../../apply/deployment.ts';
import type { Context } from '../../context.ts';
import { BackupError, messageOf, UserError } from '../../errors.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { openHomeserver } from '../../matrix/homeserver.ts';
import type { Emit } from '../../plan/events.ts';
import {
  endPendingRestore,
  halfDoneRemedy,
  type PendingRestore,
  writePendingRestore,
} from '../../state/pending-restore.ts';
import { inStage } from '../backup/stage.ts';
import { freeReserve } from '../reserve.ts';
import { changePlaces, type Side } from './change-places.ts';
import { inService, startDatabases } from './database-server.ts';
import { removeDirectories } from './remove-directories.ts';
import type { Replacing } from './replacing.ts';
import { removeStaging, restoring } from './staging.ts';

export interface RestoreWork {
  readonly context: Context;
  readonly replacing: Replacing;
  readonly emit: Emit;
}

/**
 * Puts the restored data in use and starts the server. If the server does not work with it, puts the previous data
 * back in use.
 *
 * @returns the downtime in seconds
 * @throws BackupError when the server does not work with the restored data
 */
export async function switchOver(work: RestoreWork, begun: PendingRestore): Promise<number> {
  const { context, replacing } = work;
  const { directory } = replacing.deployment;
  const started = context.clock.now().getTime();
  await moveTo(work, { ...begun, phase: 'switching' }, 'restored');
  const pending = { ...begun, phase: 'starting', switchedAt: context.clock.now().toISOString() } as const;
  await writePendingRestore(directory, pending);
  try {
    await serve(work);
    await writePendingRestore(directory, { ...pending, phase: 'switched' });
  } catch (error) {
    replacing.note(`what was restored does not work (${messageOf(error)}); going back to the previous state`);
    await goBack(work, pending).catch((failure) => {
      throw notWorking(
        pending,
        error,
        `The previous state did not work either: ${messageOf(failure)}. ${halfDoneRemedy({ phase: 'undone' })}`,
      );
    });
    await clearBeside(work, pending);
    throw notWorking(
      pending,
      error,
      'The previous state is running again, and nothing of this backup is left here.',
    );
  }
  return (context.clock.now().getTime() - started) / 1000;
}

function notWorking({ set }: PendingRestore, error: unknown, outcome: string): BackupError {
  return new BackupError(`the server did not work with what was restored from ${set}: ${messageOf(error)}`, {
    code: 'restore.unhealthy',
    details: error instanceof UserError ? error.details : [],
    hint: outcome,
    cause: error,
  });
}

/**
 * Puts the previous data back in use and starts the server. The restored data, with all later changes, is then kept
 * beside it, and nothing uses it.
 *
 * @returns the downtime in seconds
 */
export async function goBack(work: RestoreWork, begun: PendingRestore): Promise<number> {
  const { context, replacing } = work;
  const started = context.clock.now().getTime();
  await moveTo(work, { ...begun, phase: 'undoing' }, 'before');
  const { directory } = replacing.deployment;
  await writePendingRestore(directory, { ...begun, phase: 'undone' });
  await serve(work);
  await writePendingRestore(directory, { ...begun, phase: 'staging' });
  return (context.clock.now().getTime() - started) / 1000;
}

/** Exchanges the restored and the previous data. No interrupt stops this, so that nobody is served a mix of both. */
async function moveTo({ replacing }: RestoreWork, pending: PendingRestore, side: Side): Promise<void> {
  const deployment = toTheEnd(replacing.deployment);
  await writePendingRestore(deployment.directory, pending);
  const change = async () => {
    await startDatabases(deployment, replacing.stack);
    await changePlaces({ ...replacing, deployment }, pending, side);
  };
  await inStage('changing places', change, `The server may be stopped. ${halfDoneRemedy(pending)}`);
}

/** Starts the stopped services, and verifies them by their health checks and by a login with the tool account. */
async function serve({ context, replacing, emit }: RestoreWork): Promise<void> {
  const deployment = toTheEnd(replacing.deployment);
  replacing.note('start the server');
  await converge(deployment, { emit, interrupt: uninterruptible, overwriteEdits: false });
  const { admin } = await openHomeserver({ ...context, interrupt: uninterruptible }, deployment.directory);
  const { status } = await admin({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
  if (status !== 200) {
    throw new UserError(`the homeserver lets nobody in: it answers ${status}`, { code: 'restore.login' });
  }
}

/** Removes the data beside the data in use, complete or not, and the job containers that still work on it. */
export async function clearBeside({ replacing }: RestoreWork, pending: PendingRestore): Promise<void> {
  const deployment = toTheEnd(replacing.deployment);
  replacing.note(`remove the data restored from ${pending.set}`);
  await deployment.engine.removeJobs(restoring.project);
  await deployment.engine.removeJobs(replacing.stack.project);
  await removePlaces({ ...replacing, deployment }, pending, 'beside');
  await endPendingRestore(deployment.directory);
}

/** Deletes the data from before a restore, which can then no longer be undone. */
export async function removeBefore({ replacing }: RestoreWork, pending: PendingRestore): Promise<void> {
  replacing.note(`delete the state from before the restore of ${pending.set}`);
  await writePendingRestore(replacing.deployment.directory, { ...pending, phase: 'removing' });
  await removePlaces(replacing, pending, 'before');
  await endPendingRestore(replacing.deployment.directory);
}

async function removePlaces(
  { deployment, stack }: Replacing,
  { databases, directories }: PendingRestore,
  which: 'beside' | 'before',
): Promise<void> {
  const { directory, engine } = deployment;
  const image = stack.services[0]?.image ?? '';
  // On a full disk, Postgres deletes no database until there is some room.
  await freeReserve(deployment);
  await removeStaging({ engine, directory, image, workplace: restoring });
  await removeDirectories(deployment, stack, directories, [which]);
  for (const places of databases) {
    const replacement = stack.dumps.find(({ database }) => database === places.inUse)?.replacement;
    if (replacement === undefined) continue;
    await inService(engine, stack, replacement.service, {
      exec: replacement.remove([places[which]]),
      doing: `removing the database ${places[which]}`,
    });
  }
}
