import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PreflightError } from '../errors.ts';
import { layout } from '../layout.ts';
import { readNeeded, writeState } from './state-file.ts';

/**
 * The phases of an upgrade:
 *
 * - `switching`: the new images are being started, and were not seen to work.
 * - `switched`: the new images work, and everything that a rollback needs is kept.
 * - `undoing`: the previous databases or files are being put back into their places, and nothing may be started.
 * - `undone`: they are back, and the previous images are being started.
 */
const phases = ['switching', 'switched', 'undoing', 'undone'] as const;

const schema = z.object({
  phase: z.enum(phases),
  /** ID of its entry in the history. The names of the data that it keeps contain the ID. */
  id: z.string().regex(/^\d{8}-\d{6}-[0-9a-f]{4}$/),
  startedAt: z.iso.datetime(),
  switchedAt: z.iso.datetime().optional(),
  /** When the users of the databases had stopped, before these were copied. */
  copiedAt: z.iso.datetime().optional(),
  changes: z.array(z.object({ service: z.string(), from: z.string(), to: z.string() })).min(1),
  /** The text of matrix.yaml at the last apply before the upgrade. */
  served: z.string(),
  /** The text of matrix.yaml before and after the upgrade. They are equal if the operator has made the edit. */
  text: z.object({ before: z.string(), after: z.string() }),
  /** The homeserver before the upgrade: its signing keys, and what worked. */
  baseline: z.object({ keys: z.array(z.string()), works: z.array(z.string()) }),
  /** Names of the backups that were made for it. */
  sets: z.array(z.string()),
  /**
   * The databases that the previous images cannot use after the upgrade. `before` is the name of the copy, which was
   * made when nothing used the database. In a rollback, the copy gets the name `inUse`, and the changed database
   * `beside`.
   */
  databases: z.array(
    z.object({
      inUse: z.string(),
      beside: z.string(),
      before: z.string(),
      /** Absent until the copy is whole. */
      identities: z.object({ before: z.string(), restored: z.string() }).optional(),
    }),
  ),
  /**
   * The data directories whose server has another major release after the upgrade. The new files are made in
   * `beside`, and the previous ones are kept in `before`. In a rollback, the previous files return to `inUse`, and
   * the new ones to `beside`. Records of earlier versions have none.
   */
  directories: z
    .array(
      z.object({
        inUse: z.string(),
        beside: z.string(),
        before: z.string(),
        /** By database, its identities in the previous and new files. Absent until the new files are complete. */
        identities: z.record(z.string(), z.object({ before: z.string(), restored: z.string() })).optional(),
      }),
    )
    .default([]),
  /**
   * If a copy is kept: whether users were let in to the new version, so that they may have used it. `true` is written
   * before they are. `false` means that nobody has used it. Absent in records of earlier versions: then it is
   * unknown.
   */
  admitted: z.boolean().optional(),
  /** Number of rows at the switch, by database and table. */
  rows: z.record(z.string(), z.record(z.string(), z.number())),
});

export type PendingUpgrade = z.infer<typeof schema>;

/** @throws UserError for a record that cannot be parsed: only the record says which database is which */
export async function readPendingUpgrade(directory: string): Promise<PendingUpgrade | undefined> {
  return readNeeded(
    directory,
    { path: layout.pendingUpgrade, schema },
    { code: 'upgrade.record', says: 'what served before the last upgrade' },
  );
}

export async function writePendingUpgrade(directory: string, record: PendingUpgrade): Promise<void> {
  await writeState(directory, layout.pendingUpgrade, record);
}

export async function endPendingUpgrade(directory: string): Promise<void> {
  await rm(join(directory, layout.pendingUpgrade), { force: true });
}

/** Whether the upgrade was interrupted, so that it must be continued before anything else is done. */
export function isCutOff({ phase }: Pick<PendingUpgrade, 'phase'>): boolean {
  return phase !== 'switched';
}

/** The databases of which a complete earlier copy is kept: as a database, or in the earlier files of the server. */
export function keptDatabases({
  databases,
  directories,
}: Pick<PendingUpgrade, 'databases' | 'directories'>): string[] {
  return [
    ...databases.filter(({ identities }) => identities !== undefined).map(({ inUse }) => inUse),
    ...directories.flatMap(({ identities = {} }) => Object.keys(identities)),
  ];
}

/** @throws PreflightError if a rollback was interrupted while databases changed places */
export async function refuseHalfUndone(directory: string): Promise<void> {
  const pending = await readPendingUpgrade(directory);
  if (pending?.phase === 'undoing') {
    throw new PreflightError('going back from an upgrade was interrupted while databases changed places', {
      code: 'upgrade.half-done',
      hint: 'Nothing was changed. Run `matrix-deploy rollback` to continue.',
    });
  }
}
