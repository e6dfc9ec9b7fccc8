import type { Deployment } from '../../apply/deployment.ts';
import type { OutsideFinding } from '../../apply/verify-outside.ts';
import type { Progress } from '../../backup/repository.ts';
import type { Context } from '../../context.ts';
import type { Emit } from '../../plan/events.ts';
import { type MoveRecord, writeMove } from '../../state/move.ts';
import { createBackups } from '../backup/create.ts';
import type { NamedTarget } from '../backup/target.ts';
import type { RemovedUnits } from '../remove-all-units.ts';
import { copyOf } from './look.ts';
import { type Sent, sendRepository } from './send.ts';
import type { There } from './there.ts';

export interface MoveRequest {
  /** The other host, as ssh takes it. */
  readonly host: string;
  /** The deployment directory there, absolute. */
  readonly directoryThere: string;
  /** Options for ssh, as in ssh_config(5). */
  readonly options: readonly string[];
  /** Name of the backup target whose backups are sent; `undefined` for the first one on this host. */
  readonly target: string | undefined;
  /** The public addresses of that host; empty for those of its hostname. */
  readonly addresses: readonly string[];
  /** Flags for the preflight checks on that host. */
  readonly hostFlags: readonly string[];
  readonly emit: Emit;
  /** Called with the progress of the part of a backup that is being saved. */
  onProgress(what: string, progress: Progress): void;
  onSent(sent: Sent): void;
}

/** The result of a move, with the units of systemd that were removed here. */
export interface MoveResult extends RemovedUnits {
  readonly serverName: string;
  readonly host: string;
  readonly directoryThere: string;
  readonly url: string;
  readonly set: string;
  /** How long the server was unavailable. */
  readonly downtimeSeconds: number;
  /** Bytes that this run has sent while the server ran, and after it was stopped. Earlier runs do not count. */
  readonly sent: { readonly before: number; readonly after: number };
  readonly outside: readonly OutsideFinding[];
  /** The public names whose DNS records must lead to `addresses`; empty for a server that only its host reaches. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Directory of the sent backups on the other host. */
  readonly backupsThere: string;
}

export type MovePorts = Pick<Context, 'environment' | 'interrupt' | 'patience' | 'surroundings' | 'clock'>;

/** A move that is running. */
export interface Moving {
  readonly context: MovePorts;
  readonly deployment: Deployment;
  readonly request: MoveRequest;
  readonly target: NamedTarget;
  readonly there: There;
  /** The record of the move, as it was last written. */
  record: MoveRecord;
  readonly sent: { before: number; after: number };
}

/** Records the next phase of the move, before that phase begins. */
export async function advance(moving: Moving, next: Partial<MoveRecord>): Promise<void> {
  moving.record = { ...moving.record, ...next };
  await writeMove(moving.deployment.directory, moving.record);
}

/** Creates a backup. @returns the ID of its set */
export async function backUp({ deployment, context, target, request, there }: Moving): Promise<string> {
  const { onProgress } = request;
  const events = { note: there.note, onProgress, onEstimate: () => undefined };
  const [made] = await createBackups(deployment, context, { targets: [target], readsAll: false, events });
  if (made === undefined) throw new Error('no backup was made');
  return made.set;
}

/** Makes the copy of the backups on the other host equal to those here. @returns how many bytes were sent */
export async function sendBackups({ target, request, there }: Moving): Promise<number> {
  there.note(`send the backups to ${request.host}`);
  const places = { from: target.path, to: copyOf(request.directoryThere) };
  return sendRepository(there.remote, { ...places, onProgress: request.onSent });
}
