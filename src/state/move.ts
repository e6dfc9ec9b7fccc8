import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { setIdPattern } from '../backup/set.ts';
import type { Engine } from '../docker/engine.ts';
import { PreflightError } from '../errors.ts';
import { layout } from '../layout.ts';
import { shellWord } from '../shell-word.ts';
import { readNeeded, writeState } from './state-file.ts';

/**
 * The phases of a move to another host:
 *
 * - `preparing`: the server runs here.
 * - `stopping`: the server is being stopped here or has stopped, and nothing was started on the other host.
 * - `restoring`: the server may run on the other host.
 * - `moved`: the server runs on the other host, and was seen to work.
 * - `returning`: the server is to run here again, but may still run on the other host.
 * - `returned`: the server does not run on the other host any more, and is to be started here.
 * - `given-up`: this is the other host, and the server was taken back from it.
 */
const phases = ['preparing', 'stopping', 'restoring', 'moved', 'returning', 'returned', 'given-up'] as const;

const schema = z.object({
  phase: z.enum(phases),
  /** The other host, as ssh knows it, and its deployment directory. */
  host: z.string(),
  directoryThere: z.string(),
  /** Options for ssh. */
  options: z.array(z.string()),
  /** The set that is restored on the other host. */
  set: z.string().regex(setIdPattern).optional(),
  stoppedAt: z.iso.datetime().optional(),
  /** When the server was seen to work on the other host. */
  movedAt: z.iso.datetime().optional(),
});

export type MoveRecord = z.infer<typeof schema>;

/** @throws UserError for a record that cannot be parsed: only the record says on which host the server may run */
export async function readMove(directory: string): Promise<MoveRecord | undefined> {
  return readNeeded(
    directory,
    { path: layout.move, schema },
    { code: 'move.record', says: 'on which host the server may be running' },
  );
}

export async function writeMove(directory: string, record: MoveRecord): Promise<void> {
  await writeState(directory, layout.move, record);
}

export async function endMove(directory: string): Promise<void> {
  await rm(join(directory, layout.move), { force: true });
}

/** Whether the server may be running elsewhere, so that nothing of it may be started here. */
export function isElsewhere({ phase }: Pick<MoveRecord, 'phase'>): boolean {
  return phase !== 'preparing' && phase !== 'returned';
}

/**
 * Refuses to start a server that may run on another host: two servers with one signing key damage everybody's rooms.
 *
 * @throws PreflightError
 */
export async function refuseMoved(directory: string): Promise<void> {
  const record = await readMove(directory);
  if (record === undefined || !isElsewhere(record)) return;
  const { finding, remedy } = describeElsewhere(record);
  throw new PreflightError(finding, { code: 'move.elsewhere', hint: `Nothing was changed. ${remedy}` });
}

type Volumes = Pick<Engine, 'createVolume' | 'volumeLabels' | 'removeVolume'>;

const movedLabel = 'matrix-deploy.moved';
const markOf = (project: string) => `${project}.moved`;

/**
 * Marks in the engine that a server must not be started on this host, since its backups could be restored into
 * another directory here. The mark is an empty volume, as `projectLock` is: it outlives containers and restarts.
 */
export async function markMoved(engine: Volumes, project: string, directory: string): Promise<void> {
  await engine.createVolume(markOf(project), { [movedLabel]: directory });
}

export async function unmarkMoved(engine: Volumes, project: string): Promise<void> {
  await engine.removeVolume(markOf(project));
}

/** @throws PreflightError where a server of this project was moved away from this host */
export async function refuseMovedAway(engine: Volumes, project: string): Promise<void> {
  const directory = (await engine.volumeLabels(markOf(project)))?.[movedLabel];
  if (directory === undefined) return;
  throw new PreflightError(`this server was moved from ${directory} to another host`, {
    code: 'move.elsewhere',
    hint: `Nothing was changed. See \`matrix-deploy status --dir ${shellWord(directory)}\`. Where it is certain that it runs nowhere else: \`docker volume rm ${markOf(project)}\`.`,
  });
}

/** The finding and the remedy if the server must not be started here. */
export function describeElsewhere({ phase, host, movedAt }: MoveRecord): { finding: string; remedy: string } {
  switch (phase) {
    case 'moved':
      return {
        finding: `this server was moved to ${host} at ${movedAt}`,
        remedy: `Work on ${host}. To have it here again, without what came since then: \`matrix-deploy move --abort\`.`,
      };
    case 'given-up':
      return {
        finding: 'this server was moved back to where it came from',
        remedy: 'Delete what is here: `matrix-deploy destroy --delete-data`.',
      };
    case 'returning':
      return {
        finding: `the return of this server from ${host} was interrupted`,
        remedy: 'Run `matrix-deploy move --abort` to continue.',
      };
    default:
      return {
        finding:
          phase === 'restoring'
            ? `the move of this server to ${host} was interrupted, and it may be running there`
            : `the move of this server to ${host} was interrupted after it was stopped here`,
        remedy: `Run \`matrix-deploy move ${host}\` to continue, or cancel it: \`matrix-deploy move --abort\`.`,
      };
  }
}
