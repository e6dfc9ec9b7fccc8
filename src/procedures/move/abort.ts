import { type Deployment, toTheEnd } from '../../apply/deployment.ts';
import { messageOf, PreflightError, UsageError } from '../../errors.ts';
import { openRemoteHost } from '../../host/ssh.ts';
import type { Emit } from '../../plan/events.ts';
import { projectName } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { endMove, type MoveRecord, readMove, unmarkMoved, writeMove } from '../../state/move.ts';
import { serveHere } from './here.ts';
import type { MovePorts } from './moving.ts';
import { type There, takeAwayThere } from './there.ts';

export interface AbortRequest {
  /** Does the new host never start again, so that it need not be asked? */
  readonly isOff: boolean;
  readonly emit: Emit;
}

/** @throws UsageError where there is no move to end, or where this is the host that it led to */
export async function readUnfinished(directory: string): Promise<MoveRecord> {
  const record = await readMove(directory);
  if (record === undefined || record.phase === 'given-up') {
    throw new UsageError('there is no move from here to end', {
      code: 'move.none',
      hint: 'Nothing was done. Check --dir.',
    });
  }
  return record;
}

/**
 * Ends a move: stops the server on the other host, and starts it here, as it was. The caller holds the deployment's lock.
 *
 * @throws PreflightError where it may serve on the other host, which cannot be reached: nothing is started then
 */
export async function abortMove(
  context: MovePorts,
  deployment: Deployment,
  { isOff, emit }: AbortRequest,
): Promise<MoveRecord> {
  const record = await readUnfinished(deployment.directory);
  const { host, options } = record;
  const note = (text: string) => emit({ type: 'note', text });
  const { environment, interrupt: signal } = context;
  const remote = isOff
    ? undefined
    : await openRemoteHost({ host, options, environment, signal }).catch((error) => {
        if (mayServeThere(record)) throw unreachable(record, error);
        note(`${messageOf(error)}; what was copied stays there`);
        return undefined;
      });
  const there = remote && { remote, directory: record.directoryThere, hostFlags: [], note };
  await takeBack(toTheEnd(deployment), { record, there, emit });
  return record;
}

/** Was the server ever started there, for all that is known? */
function mayServeThere({ phase }: MoveRecord): boolean {
  return phase === 'restoring' || phase === 'moved' || phase === 'returning';
}

function unreachable({ host }: MoveRecord, cause: unknown): PreflightError {
  return new PreflightError(`the server may be running on ${host}, which cannot be reached`, {
    code: 'move.unreachable',
    details: [messageOf(cause)],
    hint: 'Nothing was started. Two servers with one signing key damage rooms for everybody in them. Switch that host off, or run `matrix-deploy destroy` there; when it is certain that it never starts again: `matrix-deploy move --abort --new-host-is-off`.',
    cause,
  });
}

interface TakingBack {
  readonly record: MoveRecord;
  /** Absent where that host is off, or has nothing. */
  readonly there: There | undefined;
  readonly emit: Emit;
}

/** Takes the server away from the other host, and only then starts it here. Can be repeated from wherever it was ended. */
export async function takeBack(deployment: Deployment, taking: TakingBack): Promise<void> {
  const { directory } = deployment;
  const { record, emit } = taking;
  if (record.phase !== 'returned') {
    if (mayServeThere(record)) await writeMove(directory, { ...record, phase: 'returning' });
    await takeAway(deployment, taking);
  }
  // Here, it has served all the time.
  if (record.phase !== 'preparing') {
    await writeMove(directory, { ...record, phase: 'returned' });
    emit({ type: 'note', text: 'start the server here' });
    await unmarkMoved(deployment.engine, projectName(deployment.config.server_name));
    await serveHere(deployment, emit);
  }
  await endMove(directory);
}

async function takeAway(deployment: Deployment, { record, there, emit }: TakingBack): Promise<void> {
  if (there === undefined) return;
  const note = (text: string) => emit({ type: 'note', text });
  note(`take the server away from ${record.host}`);
  const { project, serverName } = await lockedStack(deployment);
  const served = record.movedAt === undefined ? undefined : record;
  try {
    await takeAwayThere(there, { project, serverName, served });
  } catch (error) {
    if (mayServeThere(record)) throw error;
    note(`${messageOf(error)}; what was copied stays there`);
  }
}
