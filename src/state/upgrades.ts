import * as z from 'zod';
import { layout } from '../layout.ts';
import { readUnneeded, writeState } from './state-file.ts';

const upgrade = z.object({
  id: z.string(),
  startedAt: z.iso.datetime(),
  /**
   * `failed`: what served before serves. `stranded`: neither does. `unproved`: the new version was not seen to work in
   * everything, and stays, since going back would lose what came since.
   */
  result: z.enum(['upgraded', 'failed', 'stranded', 'unproved', 'rolled-back']),
  /** By service, the images; of going back, those that it went back from and to. */
  changes: z.array(z.object({ service: z.string(), from: z.string(), to: z.string() })),
  /** Names of the backups that were made for it. */
  sets: z.array(z.string()),
  /** How long all of it took, and how long nobody was served; `null` where nothing was stopped, or nobody looked. */
  seconds: z.number(),
  interruptionSeconds: z.number().nullable(),
  /** Why it failed. */
  reason: z.string().optional(),
});

/** What became of an upgrade, or of going back from one. */
export type RecordedUpgrade = z.infer<typeof upgrade>;

/** How many are remembered. */
const most = 200;

/** The upgrades of a deployment, oldest first. A broken record is taken for none: nothing depends on it. */
export async function readUpgrades(directory: string): Promise<RecordedUpgrade[]> {
  return readUnneeded(directory, { path: layout.upgrades, schema: z.array(upgrade) }, []);
}

export async function recordUpgrade(directory: string, entry: RecordedUpgrade): Promise<void> {
  const all = [...(await readUpgrades(directory)), entry].slice(-most);
  await writeState(directory, layout.upgrades, all);
}

/** How long nobody was served, by the upgrades before: the longest of the last ones that succeeded; `undefined` before there was one. */
export function expectedInterruption(upgrades: readonly RecordedUpgrade[]): number | undefined {
  const seen = upgrades.flatMap(({ result, interruptionSeconds }) =>
    result === 'upgraded' && interruptionSeconds !== null ? [interruptionSeconds] : [],
  );
  return seen.length === 0 ? undefined : Math.max(...seen.slice(-5));
}
