import { type Deployment, toTheEnd } from '../../apply/deployment.ts';
import { messageOf, PreflightError, UsageError } from '../../errors.ts';
import { openRemoteHost } from '../../host/ssh.ts';
import type { Emit } from '../../plan/events.ts';
import { projectName } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { endMove, type MoveRecord, readMove, unmarkMoved, writeMove } from '../../state/move.ts';
import { type ChangePorts, changeOnRequest } from '../change-deployment.ts';
import { serveHere } from './here.ts';
import type { MovePorts } from './moving.ts';
import { type There, takeAwayThere } from './there.ts';

export interface AbortRequest {
  /** Whether the operator says that the new host never starts again: then it is not contacted. */
  readonly isOff: boolean;
  readonly emit: Emit;
}

/** Reads the record of a move. @throws UsageError if there is no move to abort, or if it led to this host */
export async function readUnfinished(directory: string): Promise<MoveRecord> {
  const record = await readMove(directory);
  if (record === undefined || record.phase === 'given-up') {
    throw new UsageError('there is no move from here to cancel', {
      code: 'move.none',
      hint: 'Nothing was done. Check --dir.',
    });
  }
  return record;
}

/**
 * Aborts a move: stops the server on the other host, and starts it here, as it was.
 *
 * @throws PreflightError if the server may be running on the other host and that host cannot be reached: then nothing
 *   is started
 */
export function abortMove(
  context: MovePorts & ChangePorts,
  deployment: Deployment,
  request: AbortRequest,
): Promise<MoveRecord> {
  return changeOnRequest(context, deployment, 'move', request, (logged) =>
    abort(context, deployment, logged),
  );
}

async function abort(
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

/** Whether the server may have been started on the other host, by the record of the move. */
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
  /** `undefined` if that host is off, or if it cannot be reached and the server was never started there. */
  readonly there: There | undefined;
  readonly emit: Emit;
}

/** Takes the server away from the other host, and only then starts it here. Can be repeated after an interruption. */
export async function takeBack(deployment: Deployment, taking: TakingBack): Promise<void> {
  const { directory } = deployment;
  const { record, emit } = taking;
  if (record.phase !== 'returned') {
    if (mayServeThere(record)) await writeMove(directory, { ...record, phase: 'returning' });
    await takeAway(deployment, taking);
  }
  // In the phase `preparing`, the server was never stopped here.
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
  note(`remove the server from ${record.host}`);
  const { project, serverName } = await lockedStack(deployment);
  const served = record.movedAt === undefined ? undefined : record;
  try {
    await takeAwayThere(there, { project, serverName, served });
  } catch (error) {
    if (mayServeThere(record)) throw error;
    note(`${messageOf(error)}; what was copied stays there`);
  }
}
