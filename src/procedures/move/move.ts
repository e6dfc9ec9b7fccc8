import { type Deployment, toTheEnd } from '../../apply/deployment.ts';
import { isPrivateToHost } from '../../apply/locate-names.ts';
import { messageOf, UsageError, UserError } from '../../errors.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { openRemoteHost } from '../../host/ssh.ts';
import { backupKey } from '../../layout.ts';
import { projectName } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { markMoved, readMove } from '../../state/move.ts';
import { readSecret } from '../../state/secrets.ts';
import { isLocal, type NamedTarget, targetsOf } from '../backup/target.ts';
import { type ChangePorts, changeOnRequest } from '../change-deployment.ts';
import { removeAllUnits } from '../remove-all-units.ts';
import { takeBack } from './abort.ts';
import { removeServer, stopServing } from './here.ts';
import { copyOf } from './look.ts';
import {
  advance,
  backUp,
  type MovePorts,
  type MoveRequest,
  type MoveResult,
  type Moving,
  sendBackups,
} from './moving.ts';
import { prepare, refuseOther } from './prepare.ts';
import { serveThere } from './there.ts';
import { addressesOf, verifyArrival } from './verify-arrival.ts';

/**
 * Moves the server to another host. Prepares that host and sends the backups while the server runs here, stops the
 * server, sends what is new, restores it there, and verifies that it works. Afterwards, the server cannot be started
 * here. Continues an interrupted run. After a failure with the server stopped, brings it back here.
 *
 * @throws UsageError, PreflightError if nothing was begun; UserError if the move has failed: its hint says whether
 *   the server serves here again
 */
export function moveServer(
  context: MovePorts & ChangePorts,
  deployment: Deployment,
  request: MoveRequest,
): Promise<MoveResult> {
  return changeOnRequest(context, deployment, 'move', request, (logged) => move(context, deployment, logged));
}

async function move(context: MovePorts, deployment: Deployment, request: MoveRequest): Promise<MoveResult> {
  const { host, directoryThere, options, hostFlags, emit } = request;
  const known = await readMove(deployment.directory);
  refuseOther(known, request);
  const note = (text: string) => emit({ type: 'note', text });
  note(`check ${host}`);
  const { environment, interrupt: signal } = context;
  const remote = await openRemoteHost({ host, options, environment, signal });
  const moving: Moving = {
    ...{ context, deployment, request },
    target: targetOf(deployment, request.target),
    there: { remote, directory: directoryThere, hostFlags, note },
    record: known ?? { phase: 'preparing', host, directoryThere, options: [...options] },
    sent: { before: 0, after: 0 },
  };
  const ownAddresses = moving.record.phase === 'preparing' ? await prepare(moving) : [];
  const addresses =
    request.addresses.length > 0 ? request.addresses : await addressesOf(remote, ownAddresses);
  // From here on, an interrupt would leave the server stopped on both hosts.
  const toEnd: Moving = {
    ...moving,
    context: { ...context, interrupt: uninterruptible },
    deployment: toTheEnd(deployment),
    there: { ...moving.there, remote: remote.until(uninterruptible) },
  };
  try {
    return await change(toEnd, addresses);
  } catch (error) {
    throw toEnd.record.phase === 'moved' ? error : await notMoved(toEnd, error);
  }
}

/** The target whose repository is sent. @throws UsageError if there is none that is a directory of this host */
function targetOf(deployment: Deployment, named: string | undefined): NamedTarget {
  const target = targetsOf(deployment, named).find(isLocal);
  if (target === undefined) {
    throw new UsageError(
      `${named ?? 'no backup target'} is ${named === undefined ? '' : 'not '}a directory of this host`,
      {
        code: 'usage.target',
        hint: 'Add one to backup.targets in matrix.yaml, such as { kind: local, path: backups }, and name it with --target.',
      },
    );
  }
  return target;
}

/** Does all steps of a move from the one that stops the server here. */
async function change(moving: Moving, addresses: readonly string[]): Promise<MoveResult> {
  const { deployment, request, there } = moving;
  const { directory, clock, config } = deployment;
  if (moving.record.phase !== 'restoring') {
    const stoppedAt = moving.record.stoppedAt ?? clock.now().toISOString();
    await advance(moving, { phase: 'stopping', stoppedAt });
    await markMoved(deployment.engine, projectName(config.server_name), directory);
    there.note('from here on, the server is stopped');
    await stopServing(deployment, there.note);
    const set = await backUp(moving);
    moving.sent.after = await sendBackups(moving);
    await removeServer(deployment);
    await advance(moving, { phase: 'restoring', set });
  }
  const { set = '', stoppedAt = '' } = moving.record;
  there.note(`restore on ${request.host}`);
  await serveThere(there, set, await readSecret(directory, backupKey.name));
  const downtimeSeconds = (clock.now().getTime() - Date.parse(stoppedAt)) / 1000;
  there.note(`test the server at ${addresses.join(', ')}`);
  const outside = await verifyArrival(deployment, addresses);
  await advance(moving, { phase: 'moved', movedAt: clock.now().toISOString() });
  const { edge, delegation } = await lockedStack(deployment);
  return {
    serverName: config.server_name,
    ...{ host: request.host, directoryThere: request.directoryThere, set, downtimeSeconds },
    url: delegation.clientUrl,
    sent: moving.sent,
    outside,
    names: isPrivateToHost(edge) ? [] : delegation.leading,
    addresses,
    ...(await removeAllUnits(deployment, moving.context)),
    backupsThere: copyOf(request.directoryThere),
  };
}

/** Brings the server back here, unless it may still be running on the other host. @returns the error to throw */
async function notMoved({ deployment, there, record, request }: Moving, error: unknown): Promise<UserError> {
  const { host, emit } = request;
  there.note(`the move failed (${messageOf(error)}); starting the server here again`);
  const told = {
    code: error instanceof UserError ? error.code : 'move.failed',
    details: error instanceof UserError ? error.details : [],
    cause: error,
  };
  const message = `the server was not moved to ${host}: ${messageOf(error)}`;
  try {
    await takeBack(deployment, { record, there, emit });
  } catch (failure) {
    return new UserError(message, {
      ...told,
      hint: `It is stopped, and could not be started here again: ${messageOf(failure)}. Run the same command again, or \`matrix-deploy move --abort\`.`,
    });
  }
  const hint = error instanceof UserError ? error.hint : undefined;
  return new UserError(message, {
    ...told,
    hint: ['It serves here again.', hint].filter(Boolean).join(' '),
  });
}
