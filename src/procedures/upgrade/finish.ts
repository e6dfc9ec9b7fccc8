import type { Deployment } from '../../apply/deployment.ts';
import { UsageError } from '../../errors.ts';
import {
  isCutOff,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { forgetUpgrade } from './take-back.ts';

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

/** Finishes the upgrade, which can then no longer be rolled back. */
export function finishUpgrade(context: ChangePorts, deployment: Deployment): Promise<FinishResult> {
  return changeDeployment(context, deployment, 'upgrade --finish', async () => {
    const pending = await finishable(deployment.directory);
    await forgetUpgrade({ deployment }, pending);
    return {
      deleted: keptDatabases(pending),
      sets: pending.sets,
      images: pending.changes.map(({ from }) => from),
    };
  });
}
