import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PreflightError } from '../errors.ts';
import { layout } from '../layout.ts';
import { readNeeded, writeState } from './state-file.ts';

/**
 * How far an upgrade has come. `switching`: other images are being started, and nobody has seen them work. `switched`: they
 * serve, and what is needed to go back is kept. `undoing`: the databases of before are being put into their places, and nothing
 * may be started. `undone`: they are there, and what served before is being started.
 */
const phases = ['switching', 'switched', 'undoing', 'undone'] as const;

const schema = z.object({
  phase: z.enum(phases),
  /** Of its entry in the history, and in the names of what it keeps. */
  id: z.string().regex(/^\d{8}-\d{6}-[0-9a-f]{4}$/),
  startedAt: z.iso.datetime(),
  switchedAt: z.iso.datetime().optional(),
  /** When nobody used the databases any more that were copied. */
  copiedAt: z.iso.datetime().optional(),
  changes: z.array(z.object({ service: z.string(), from: z.string(), to: z.string() })).min(1),
  /** The text of matrix.yaml that served. */
  served: z.string(),
  /** That of matrix.yaml before and after; the operator's own edit where it was that. */
  text: z.object({ before: z.string(), after: z.string() }),
  /** What the homeserver was and could do before: its signing keys, and what worked. */
  baseline: z.object({ keys: z.array(z.string()), works: z.array(z.string()) }),
  /** Names of the backups that were made for it. */
  sets: z.array(z.string()),
  /**
   * The databases that the images of before cannot use after it. `before` is a copy as it was when nobody used it any more;
   * `beside` is where the one that was changed goes when that copy takes its place.
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
   * The data directories whose server is of another major release after it. `beside` is where new files are made, and where they
   * go when those of before, which are kept as `before`, take their place again. Earlier versions have none.
   */
  directories: z
    .array(
      z.object({
        inUse: z.string(),
        beside: z.string(),
        before: z.string(),
        /** By database, what tells it from others in the two. Absent until the new files are whole, and everything in them. */
        identities: z.record(z.string(), z.object({ before: z.string(), restored: z.string() })).optional(),
      }),
    )
    .default([]),
  /**
   * Where a copy is kept, was what is started let in, so that it may have been used? Written before it is; `false` says that
   * nobody has used it. Absent in records of earlier versions, of which nobody knows.
   */
  admitted: z.boolean().optional(),
  /** By database and table, how many rows there were at the switch. */
  rows: z.record(z.string(), z.record(z.string(), z.number())),
});

export type PendingUpgrade = z.infer<typeof schema>;

/** @throws UserError for a record that cannot be understood: without it nobody knows which database is which */
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

/** Was it ended in the middle, so that it must go on before anything else is done? */
export function isCutOff({ phase }: Pick<PendingUpgrade, 'phase'>): boolean {
  return phase !== 'switched';
}

/** The databases of which a whole copy is kept, as they were before: by itself, or in the files of their server. */
export function keptDatabases({
  databases,
  directories,
}: Pick<PendingUpgrade, 'databases' | 'directories'>): string[] {
  return [
    ...databases.filter(({ identities }) => identities !== undefined).map(({ inUse }) => inUse),
    ...directories.flatMap(({ identities = {} }) => Object.keys(identities)),
  ];
}

/** @throws PreflightError while databases have not changed places to the end */
export async function refuseHalfUndone(directory: string): Promise<void> {
  const pending = await readPendingUpgrade(directory);
  if (pending?.phase === 'undoing') {
    throw new PreflightError('going back from an upgrade was interrupted while databases changed places', {
      code: 'upgrade.half-done',
      hint: 'Nothing was changed. Run `matrix-deploy rollback` to continue.',
    });
  }
}
