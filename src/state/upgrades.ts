import * as z from 'zod';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const upgrade = z.object({
  id: z.string(),
  startedAt: z.iso.datetime(),
  /**
   * `failed`: the previous version runs again. `stranded`: neither version works. `unproved`: the new version has not
   * passed all checks, but stays, since a rollback would lose newer data.
   */
  result: z.enum(['upgraded', 'failed', 'stranded', 'unproved', 'rolled-back']),
  /** The images by service. For a rollback, `from` is the newer image. */
  changes: z.array(z.object({ service: z.string(), from: z.string(), to: z.string() })),
  /** Names of the backups that were made for it. */
  sets: z.array(z.string()),
  /**
   * How long the whole upgrade took, and how long the server was down; `null` if it was not stopped, or has not
   * worked since.
   */
  seconds: z.number(),
  interruptionSeconds: z.number().nullable(),
  /** Why it failed. */
  reason: z.string().optional(),
});

/** The outcome of an upgrade or of a rollback. */
export type RecordedUpgrade = z.infer<typeof upgrade>;

/** The largest number of upgrades that are kept in the record. */
const most = 200;

/** The upgrades of a deployment, oldest first. A lost or broken record counts as empty: nothing depends on it. */
export async function readUpgrades(directory: string): Promise<RecordedUpgrade[]> {
  return readUnneeded(directory, { path: layout.upgrades, schema: z.array(upgrade) }, []);
}

export async function recordUpgrade(directory: string, entry: RecordedUpgrade): Promise<void> {
  const all = [...(await readUpgrades(directory)), entry].slice(-most);
  await writeState(directory, layout.upgrades, all);
}

/**
 * How long an upgrade is expected to interrupt the server, in seconds: the longest interruption of the last five
 * successful upgrades. `undefined` if there was none.
 */
export function expectedInterruption(upgrades: readonly RecordedUpgrade[]): number | undefined {
  const seen = upgrades.flatMap(({ result, interruptionSeconds }) =>
    result === 'upgraded' && interruptionSeconds !== null ? [interruptionSeconds] : [],
  );
  return seen.length === 0 ? undefined : Math.max(...seen.slice(-5));
}
