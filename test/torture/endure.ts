import { Deployment } from '../e2e/support/deployment.ts';
import type { Lab } from '../lab/lab.ts';
import { repository, setUp, tortureImages } from './rounds.ts';
import { killAtSteps } from './steps.ts';
import {
  backupTrial,
  drillTrial,
  firstBackupTrial,
  restoreOverTrial,
  restoreTrial,
  type Subject,
  subjectOf,
  type Trial,
} from './trials.ts';

const beside = {
  backup: backupTrial,
  'first-backup': firstBackupTrial,
  drill: drillTrial,
  restore: restoreOverTrial,
  'restore-from': restoreTrial,
} as const satisfies Record<string, (subject: Subject) => Trial>;

/** The commands that can be killed at each step, by name. */
export const endurances = Object.keys(beside) as (keyof typeof beside)[];

interface Endurance {
  readonly seed: string;
  /** Before how many of all steps a command is killed, from 0 to 1. */
  readonly share: number;
  readonly only: readonly (typeof endurances)[number][];
  say(text: string): void;
}

/**
 * Kills what is done with backups before each step, or before some.
 *
 * @returns how often, and what was lost
 */
export async function endure(
  lab: Lab,
  { only, ...options }: Endurance,
): Promise<{ kills: number; lost: string[] }> {
  const deployment = new Deployment(await lab.host('endured', { images: tortureImages, diskBytes: 40e9 }));
  const subject = await subjectOf(deployment, await setUp(deployment), repository);
  const lost: string[] = [];
  const survived: string[] = [];
  for (const name of endurances.filter((one) => only.includes(one))) {
    // What a later backup has survived, the first one does in the same way.
    const known = name === 'first-backup' ? [...survived] : [];
    const killed = await killAtSteps(deployment, beside[name](subject), { ...options, known });
    survived.push(...killed.survived);
    lost.push(...killed.lost);
  }
  return { kills: survived.length, lost };
}
