import type { Deployment } from '../../apply/deployment.ts';
import type { Progress } from '../../backup/repository.ts';
import type { WantedSet } from '../../backup/wanted-set.ts';
import type { Context } from '../../context.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Emit } from '../../plan/events.ts';
import { type Rows, rowsSince } from '../../plan/losses.ts';
import type { Stack } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { refuseMoved } from '../../state/move.ts';
import { type PendingRestore, readPendingRestore } from '../../state/pending-restore.ts';
import { identitiesOf } from '../backup/identity.ts';
import { findSet, openTargets } from '../backup/sets.ts';
import type { OpenTarget } from '../backup/target.ts';
import { changeOnRequest } from '../change-deployment.ts';
import { clearBeside, goBack, type RestoreWork, removeBefore, switchOver } from './carry-out.ts';
import { countRowsNow } from './database-server.ts';
import { refuseOtherServer } from './judge-set.ts';
import { type Step, stepsFor, type Wish } from './next-step.ts';
import { newPending, type Restoration } from './replacing.ts';
import { readSource, type Source } from './source.ts';
import { stageBeside } from './stage-beside.ts';
import { refuseUnready } from './unready.ts';

/** A request that names no set means the newest verified one. */
export interface RestoreWish extends WantedSet {
  readonly wish: Wish;
  /** One of backup.targets; all when absent. */
  readonly target: string | undefined;
}

/** The plan for a wish: nothing is done yet. */
export interface PlannedRestore {
  readonly steps: readonly Step[];
  readonly set: string;
  /** Since when rows are lost, and at least how many; `lost` is empty where the database does not answer. */
  readonly since: string;
  readonly lost: Rows;
  /** The size in bytes of the data that is kept, or deleted. */
  readonly keptBytes: number;
  /** What is restored, and from where. Absent when no step restores from a backup. */
  readonly from?: { readonly source: Source; readonly target: OpenTarget };
}

/**
 * Refuses a wish that is impossible now, before the operator is asked anything.
 *
 * @throws UsageError, PreflightError
 */
export async function refuseWish(directory: string, wanted: RestoreWish): Promise<void> {
  await refuseMoved(directory);
  stepsFor(wanted.wish, await readPendingRestore(directory), wanted);
}

type Opened = Pick<Deployment, 'directory' | 'config' | 'engine'>;

/**
 * Plans the steps for a wish. Refuses an impossible one before anything is changed.
 *
 * @throws UsageError for a wish that is impossible now; BackupError for a set that is not this server's
 */
export async function planRestore(
  deployment: Opened,
  wanted: RestoreWish,
  note: (text: string) => void,
): Promise<PlannedRestore> {
  const { directory, engine } = deployment;
  const pending = await readPendingRestore(directory);
  const steps = stepsFor(wanted.wish, pending, wanted);
  const stack = await lockedStack(deployment);
  if (steps.includes('stage')) {
    const opened = await openTargets(deployment, wanted.target, note);
    const { set: id, notAfter } = wanted;
    const { set: found, target } = await findSet(deployment, opened, {
      id,
      notAfter,
      isVerified: true,
      note,
    });
    const { repository, restic, path } = target;
    const source = await readSource({ repository, image: restic.image, place: path }, { set: found.id });
    const { manifest } = source;
    const identities = await identitiesOf(deployment, stack);
    refuseOtherServer(manifest, { serverName: stack.serverName, identities });
    const then = Object.fromEntries(manifest.databases.map(({ name, rows }) => [name, rows]));
    const lost = await lostSince(deployment, stack, then);
    return { steps, set: found.id, since: manifest.startedAt, lost, keptBytes: 0, from: { source, target } };
  }
  // Without a pending restore, the steps would include `stage`.
  const known = pending as PendingRestore;
  const isServing = known.switchedAt !== undefined && steps.includes('go-back');
  return {
    steps,
    set: known.set,
    since: isServing ? (known.switchedAt ?? known.madeAt) : known.madeAt,
    lost: isServing ? await lostSince({ engine }, stack, known.rows) : {},
    keptBytes: known.keptBytes,
  };
}

async function lostSince({ engine }: Pick<Opened, 'engine'>, stack: Stack, then: Rows): Promise<Rows> {
  const now = await countRowsNow(engine, stack);
  return Object.fromEntries(
    Object.entries(now).map(([database, rows]) => [database, rowsSince(then[database] ?? {}, rows)]),
  );
}

export interface RestoreOverResult {
  readonly set: string;
  /** Which data is in use at the end. */
  readonly serves: 'restored' | 'before';
  readonly isPending: boolean;
  readonly rows: Rows;
  /** Files that the database names, and that the backup does not have. */
  readonly missing: readonly string[];
  readonly keptBytes: number;
  /** How long nobody was served; `null` where nothing was stopped. */
  readonly downtimeSeconds: number | null;
}

interface CarryOut {
  readonly planned: PlannedRestore;
  readonly wish: RestoreWish;
  readonly emit: Emit;
  onProgress(what: string, progress: Progress): void;
}

/**
 * Carries out the plan.
 *
 * @throws BackupError where the set cannot be used, or where the server does not work with it: then the previous data
 *   is put back in use
 */
export function carryOutRestore(
  context: Context,
  deployment: Deployment,
  request: CarryOut,
): Promise<RestoreOverResult> {
  const action = (logged: CarryOut) => takeSteps(context, deployment, logged);
  return changeOnRequest(context, deployment, 'restore', request, action);
}

async function takeSteps(
  context: Context,
  deployment: Deployment,
  { planned, wish, emit, onProgress }: CarryOut,
): Promise<RestoreOverResult> {
  const { directory } = deployment;
  const stack = await lockedStack(deployment);
  const note = (text: string) => emit({ type: 'note', text });
  const work: RestoreWork = { context, emit, replacing: { deployment, stack, note } };
  let pending = await readPendingRestore(directory);
  // Another run may have changed the restore between the confirmation and the lock.
  if (String(stepsFor(wish.wish, pending, wish)) !== String(planned.steps)) {
    throw new UserError('another run has changed this restore meanwhile', {
      code: 'restore.changed',
      hint: 'Nothing was changed. Run the command again.',
    });
  }
  let missing: readonly string[] = [];
  let downtimeSeconds: number | null = null;
  for (const step of planned.steps) {
    switch (step) {
      case 'stage': {
        const { from } = planned;
        if (from === undefined) break;
        await refuseUnready(context, deployment, stack, from.source);
        const staged = await stageOrClear(work, { ...work.replacing, ...from, onProgress });
        pending = staged.pending;
        missing = staged.missing;
        break;
      }
      case 'switch':
        downtimeSeconds = await switchOver(work, pending as PendingRestore);
        break;
      case 'go-back':
        downtimeSeconds = await goBack(work, pending as PendingRestore);
        break;
      case 'clear':
        await clearBeside(work, pending as PendingRestore);
        break;
      case 'remove':
        await removeBefore(work, pending as PendingRestore);
    }
  }
  const last = await readPendingRestore(directory);
  return {
    set: planned.set,
    serves: planned.steps.includes('switch') || planned.steps.includes('remove') ? 'restored' : 'before',
    isPending: last !== undefined,
    rows: pending?.rows ?? {},
    keptBytes: last?.keptBytes ?? 0,
    ...{ missing, downtimeSeconds },
  };
}

/** Stages the data to restore. If that fails, removes the incomplete data, which is of no use. */
async function stageOrClear(work: RestoreWork, restoration: Restoration) {
  const begun = newPending(restoration.source.manifest, restoration.stack);
  try {
    return await stageBeside(restoration, begun);
  } catch (error) {
    await clearBeside(work, begun).catch((left) =>
      restoration.note(
        `warning: not all of it could be removed (${messageOf(left)}); \`matrix-deploy restore --undo\` does that when the cause is fixed`,
      ),
    );
    throw error;
  }
}
