import * as z from 'zod';
import { setIdPattern, setStates } from '../backup/set.ts';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const recordedSet = z.object({
  id: z.string().regex(setIdPattern),
  state: z.enum(setStates),
  /** When this state was found. */
  stateAt: z.iso.datetime(),
  bytes: z.number(),
  added: z.number(),
  /** How long it took to make, verification included. */
  seconds: z.number(),
});

const recordedTarget = z.object({
  /** Its path or address. The same name with another path or address is another target. */
  path: z.string(),
  sets: z.array(recordedSet),
  /** The ID of this host's own key in the repository. Absent until it was looked up. */
  ownKey: z.string().optional(),
  /** When the recovery key was confirmed; absent where there is none. */
  recoveryKeyAt: z.iso.datetime().optional(),
  /** When writing, reading and deleting on another machine were last tested. */
  checkedAt: z.iso.datetime().optional(),
  /** When each part of a repository on another machine was read back. Absent when all is read back each time. */
  reading: z.array(z.iso.datetime().nullable()).min(1).readonly().optional(),
  /** The failure of the last backup. Absent when that succeeded. */
  failure: z.object({ at: z.iso.datetime(), message: z.string() }).optional(),
  /** The last drill that passed, and the failure of the last drill if that did not pass. */
  drill: z
    .object({
      passed: z.object({ set: z.string(), at: z.iso.datetime() }).optional(),
      failure: z.object({ set: z.string(), at: z.iso.datetime(), message: z.string() }).optional(),
    })
    .optional(),
});

const schema = z.object({
  targets: z.record(z.string(), recordedTarget),
  /** Sets that must stay whatever their age. */
  pinned: z.array(z.string()),
});

export type RecordedSet = z.infer<typeof recordedSet>;
export type RecordedTarget = z.infer<typeof recordedTarget>;
export type BackupRecord = z.infer<typeof schema>;

/**
 * What is known of the backups without access to their targets, for callers that must be fast. Only the targets are
 * authoritative: a lost or broken record counts as empty, and the next access to a target writes it again.
 */
export async function readBackupRecord(directory: string): Promise<BackupRecord> {
  return readUnneeded(directory, { path: layout.backups, schema }, { targets: {}, pinned: [] });
}

/** The record of a target. It is empty if the path or the address has changed. */
export function recordOf(
  record: BackupRecord,
  { name, path }: { name: string; path: string },
): RecordedTarget {
  const known = record.targets[name];
  return known?.path === path ? known : { path, sets: [] };
}

/** Pins sets, so that they stay whatever their age, and unpins others. */
export async function pinSets(
  directory: string,
  { pin = [], unpin = [] }: { pin?: readonly string[]; unpin?: readonly string[] },
): Promise<void> {
  const record = await readBackupRecord(directory);
  const pinned = [...new Set([...record.pinned, ...pin])].filter((id) => !unpin.includes(id));
  if (String(pinned) !== String(record.pinned)) await writeBackupRecord(directory, { ...record, pinned });
}

async function writeBackupRecord(directory: string, record: BackupRecord): Promise<void> {
  await writeState(directory, layout.backups, record);
}

/** Changes the record of one target. */
export async function recordTarget(
  directory: string,
  { name, path }: { name: string; path: string },
  change: (known: RecordedTarget) => RecordedTarget,
): Promise<void> {
  const record = await readBackupRecord(directory);
  const targets = { ...record.targets, [name]: change(recordOf(record, { name, path })) };
  await writeBackupRecord(directory, { ...record, targets });
}
