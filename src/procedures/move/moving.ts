import type { Deployment } from '../../apply/deployment.ts';
import type { OutsideFinding } from '../../apply/verify-outside.ts';
import type { Progress } from '../../backup/repository.ts';
import type { Context } from '../../context.ts';
import type { Emit } from '../../plan/events.ts';
import { type MoveRecord, writeMove } from '../../state/move.ts';
import { createBackups } from '../backup/create.ts';
import type { NamedTarget } from '../backup/target.ts';
import { copyOf } from './look.ts';
import { type Sent, sendRepository } from './send.ts';
import type { There } from './there.ts';

export interface MoveRequest {
  /** As for ssh. */
  readonly host: string;
  /** The deployment directory there, absolute. */
  readonly directoryThere: string;
  /** For ssh, as in ssh_config(5). */
  readonly options: readonly string[];
  /** One of backup.targets, whose backups are sent; the first one when absent. */
  readonly target: string | undefined;
  /** Where the world finds that host; those of its name when empty. */
  readonly addresses: readonly string[];
  /** Flags with which that host is checked. */
  readonly hostFlags: readonly string[];
  readonly emit: Emit;
  /** How far a part of a backup, or the transfer of all, has come. */
  onProgress(what: string, progress: Progress): void;
  onSent(sent: Sent): void;
}

export interface MoveResult {
  readonly serverName: string;
  readonly host: string;
  readonly directoryThere: string;
  readonly url: string;
  readonly set: string;
  /** For how long nobody was served. */
  readonly downtimeSeconds: number;
  /** Bytes that were sent while the server ran, and after it was stopped; 0 by runs before. */
  readonly sent: { readonly before: number; readonly after: number };
  readonly outside: readonly OutsideFinding[];
  /** The public names whose records must lead to these addresses; none of a server that only its host reaches. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** The timer for backups that was removed here. */
  readonly timer: string | undefined;
  /** Where the backups that were sent are there. */
  readonly backupsThere: string;
}

export type MovePorts = Pick<Context, 'environment' | 'interrupt' | 'patience' | 'surroundings' | 'clock'>;

/** A move at work. */
export interface Moving {
  readonly context: MovePorts;
  readonly deployment: Deployment;
  readonly request: MoveRequest;
  readonly target: NamedTarget;
  readonly there: There;
  /** As it is written. */
  record: MoveRecord;
  readonly sent: { before: number; after: number };
}

/** Writes how far the move has come, before it goes there. */
export async function advance(moving: Moving, next: Partial<MoveRecord>): Promise<void> {
  moving.record = { ...moving.record, ...next };
  await writeMove(moving.deployment.directory, moving.record);
}

/** @returns the set */
export async function backUp({ deployment, context, target, request, there }: Moving): Promise<string> {
  const { onProgress } = request;
  const events = { note: there.note, onProgress, onEstimate: () => undefined };
  const [made] = await createBackups(deployment, context, { targets: [target], readsAll: false, events });
  if (made === undefined) throw new Error('no backup was made');
  return made.set;
}

/** Makes the copy of the backups there equal to those here. @returns how many bytes were sent */
export async function sendBackups({ target, request, there }: Moving): Promise<number> {
  there.note(`send the backups to ${request.host}`);
  const places = { from: target.path, to: copyOf(request.directoryThere) };
  return sendRepository(there.remote, { ...places, onProgress: request.onSent });
}
