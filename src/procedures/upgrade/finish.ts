import { UsageError } from '../../errors.ts';
import {
  isCutOff,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { forgetUpgrade } from './take-back.ts';
import type { UpgradeWork } from './work.ts';

/**
 * The upgrade that can be finished.
 *
 * @throws UsageError where there is none, or where it was interrupted
 */
export async function finishable(directory: string): Promise<PendingUpgrade> {
  const pending = await readPendingUpgrade(directory);
  if (pending === undefined || isCutOff(pending)) {
    throw new UsageError(
      pending === undefined ? 'there is no upgrade to finish' : 'the upgrade was interrupted',
      {
        code: 'upgrade.none',
        hint:
          pending === undefined
            ? 'See `matrix-deploy history`.'
            : 'Nothing was changed. Run `matrix-deploy upgrade` to continue, or go back: `matrix-deploy rollback`.',
      },
    );
  }
  return pending;
}

export interface FinishResult {
  /** Databases of which a copy was deleted. */
  readonly deleted: readonly string[];
  /** Backups that `backup.keep` may remove again. */
  readonly sets: readonly string[];
  /** Images that are still on this host, and not needed any more. */
  readonly images: readonly string[];
}

/** Finishes the upgrade, which can then no longer be rolled back. The caller holds the deployment's lock. */
export async function finishUpgrade(work: Pick<UpgradeWork, 'deployment'>): Promise<FinishResult> {
  const pending = await finishable(work.deployment.directory);
  await forgetUpgrade(work, pending);
  return {
    deleted: keptDatabases(pending),
    sets: pending.sets,
    images: pending.changes.map(({ from }) => from),
  };
}
