import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { isPrivateToHost } from '../../apply/locate-names.ts';
import { readRoots } from '../../apply/probe.ts';
import { PreflightError, UsageError } from '../../errors.ts';
import { layout } from '../../layout.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { type MoveRecord, readMove } from '../../state/move.ts';
import { readRecord } from '../../state/records.ts';
import { readManifest } from '../backup/listing.ts';
import { prepareRestic } from '../backup/restic.ts';
import { openTarget } from '../backup/target.ts';
import { refuseUnapplied } from '../unapplied.ts';
import { installTool } from './install-tool.ts';
import { lookAtHost } from './look.ts';
import { advance, backUp, type MoveRequest, type Moving, sendBackups } from './moving.ts';
import { type Announced, prepareThere } from './there.ts';

/** Refuses a move that does not continue the known one. @throws UsageError, PreflightError */
export function refuseOther(
  known: MoveRecord | undefined,
  { host, directoryThere }: Pick<MoveRequest, 'host' | 'directoryThere'>,
): void {
  if (known === undefined) return;
  const { phase } = known;
  if (phase === 'moved' || phase === 'given-up') {
    throw new UsageError(`this server was moved to ${known.host} already, at ${known.movedAt}`, {
      code: 'move.moved',
      hint: 'Nothing was done. To have it here again: `matrix-deploy move --abort`.',
    });
  }
  if (phase === 'returning' || phase === 'returned') {
    throw new PreflightError(`the return of this server from ${known.host} was interrupted`, {
      code: 'move.elsewhere',
      hint: 'Run `matrix-deploy move --abort` first to continue.',
    });
  }
  if (known.host !== host || known.directoryThere !== directoryThere) {
    throw new UsageError(`a move to ${known.directoryThere} on ${known.host} was interrupted`, {
      code: 'move.other',
      hint: 'Nothing was done. Run the same command again to continue, or cancel it: `matrix-deploy move --abort`.',
    });
  }
}

/** Refuses a server that would not work on the other host, or that differs from matrix.yaml, before it is stopped. */
async function refuseUnready(deployment: Deployment): Promise<void> {
  const { edge } = await lockedStack(deployment);
  const { address } = edge;
  if (address !== undefined && !['0.0.0.0', '::'].includes(address) && !isPrivateToHost(edge)) {
    throw new PreflightError(`the server listens at ${address}, which is an address of this host`, {
      code: 'move.address',
      hint: 'Nothing was done. Set traefik.publish.address to all in matrix.yaml and run `matrix-deploy apply`.',
    });
  }
  await refuseUnapplied(deployment, 'move.unapplied');
}

/**
 * Does all steps of a move that are possible while the server serves here.
 *
 * @returns the addresses of the other host's interfaces
 */
export async function prepare(moving: Moving): Promise<readonly string[]> {
  const { deployment, request, target, there } = moving;
  const { directory } = deployment;
  const isContinued = (await readMove(directory)) !== undefined;
  const { directoryThere } = request;
  await refuseUnready(deployment);
  await lookAtHost(there.remote, { directory, directoryThere, repository: target.path, isContinued });
  await advance(moving, {});
  there.note(`install matrix-deploy on ${request.host}`);
  await installTool(there.remote);
  const announced = await announcementOf(deployment);
  await prepareThere(there, announced);
  there.note('back up while the server runs');
  const set = await backUp(moving);
  moving.sent.before = await sendBackups(moving);
  const restic = await prepareRestic(deployment, there.note);
  const { parts } = await readManifest(await openTarget(deployment, restic, target), set);
  const needs = parts.map(({ kind, bytes, files }) => ({ kind, bytes, files }));
  // The first call has already shown the notes about that host.
  return prepareThere({ ...there, note: () => undefined }, { ...announced, parts: needs });
}

async function announcementOf(deployment: Deployment): Promise<Announced> {
  return {
    config: deployment.configText,
    roots: await readRoots(deployment, await lockedStack(deployment)),
    images: await readRecord(inDirectory(deployment, layout.imageLock)),
  };
}
