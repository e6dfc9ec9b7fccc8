import { failed, type Judgement, warning } from '../../host/judgement.ts';
import { describeChange } from '../../plan/version-changes.ts';
import { isCutOff, type PendingUpgrade, readPendingUpgrade } from '../../state/pending-upgrade.ts';
import type { StatusFinding } from './report.ts';
import { describeTrouble } from './what-is-meant.ts';

/** Findings about an unfinished upgrade. */
export async function readUpgrade(directory: string): Promise<StatusFinding[]> {
  try {
    const pending = await readPendingUpgrade(directory);
    const judgement = pending && judgeUpgrade(pending);
    return judgement === undefined ? [] : [{ about: 'upgrade', ...judgement }];
  } catch (error) {
    return [{ about: 'upgrade', ...describeTrouble(error) }];
  }
}

/** An interrupted upgrade is a problem. A database copy that is kept for an upgrade is a warning: it takes space. */
export function judgeUpgrade(
  pending: Pick<PendingUpgrade, 'phase' | 'changes' | 'databases' | 'directories' | 'admitted'>,
): Judgement | undefined {
  const change = pending.changes.map(describeChange).join(', ');
  if (pending.phase === 'switching' && pending.admitted) {
    return failed(
      `an upgraded version is running, and was not verified: ${change}`,
      'Run `matrix-deploy upgrade`: it verifies again. Or go back: `matrix-deploy rollback`, which says what that would lose.',
    );
  }
  if (pending.phase === 'switching') {
    return failed(
      `an upgrade was interrupted: ${change}`,
      'Run `matrix-deploy upgrade` to continue, or go back: `matrix-deploy rollback`.',
    );
  }
  if (isCutOff(pending)) {
    return failed(
      `going back from an upgrade was interrupted: ${change}`,
      'Run `matrix-deploy rollback` to continue.',
    );
  }
  return pending.databases.length + pending.directories.length === 0
    ? undefined
    : warning(
        `a copy of the database from before the upgrade (${change}) is kept, and takes space`,
        'Once everything works, delete it with `matrix-deploy upgrade --finish`.',
      );
}
