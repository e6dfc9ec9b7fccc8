import * as z from 'zod';
import { setIdPattern, setStates } from '../backup/set.ts';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const recordedSet = z.object({
  id: z.string().regex(setIdPattern),
  state: z.enum(setStates),
  /** When that was found. */
  stateAt: z.iso.datetime(),
  bytes: z.number(),
  added: z.number(),
  /** How long it took to make, verification included. */
  seconds: z.number(),
});

const recordedTarget = z.object({
  /** Where it was, path or address; another place is another target. */
  path: z.string(),
  sets: z.array(recordedSet),
  /** The ID that this host's own key has in the repository; absent until it was asked for. */
  ownKey: z.string().optional(),
  /** When the recovery key was confirmed; absent where there is none. */
  recoveryKeyAt: z.iso.datetime().optional(),
  /** When something was written to another machine, read and deleted to see whether that can be done. */
  checkedAt: z.iso.datetime().optional(),
  /** When each part of what is on another machine was read back; absent where it is read whole each time. */
  reading: z.array(z.iso.datetime().nullable()).min(1).readonly().optional(),
  /** The last backup, where it failed. */
  failure: z.object({ at: z.iso.datetime(), message: z.string() }).optional(),
  /** The last drill that passed, and the last one where that failed. */
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
 * What is known of the backups without looking at their target, for what must be fast. The target is what counts: a lost
 * or broken record is taken for none, and is written again by what looks there.
 */
export async function readBackupRecord(directory: string): Promise<BackupRecord> {
  return readUnneeded(directory, { path: layout.backups, schema }, { targets: {}, pinned: [] });
}

/** What is known of a target; of one that has moved, nothing is. */
export function recordOf(
  record: BackupRecord,
  { name, path }: { name: string; path: string },
): RecordedTarget {
  const known = record.targets[name];
  return known?.path === path ? known : { path, sets: [] };
}

/** Has sets stay whatever their age, or not any more. */
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

/** Changes what is known of one target. */
export async function recordTarget(
  directory: string,
  { name, path }: { name: string; path: string },
  change: (known: RecordedTarget) => RecordedTarget,
): Promise<void> {
  const record = await readBackupRecord(directory);
  const targets = { ...record.targets, [name]: change(recordOf(record, { name, path })) };
  await writeBackupRecord(directory, { ...record, targets });
}
