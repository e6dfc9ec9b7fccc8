import { amountOf } from '../../host/health/storage.ts';
import { failed, type Judgement, warning } from '../../host/judgement.ts';
import {
  halfDoneRemedy,
  isHalfDone,
  type PendingRestore,
  readPendingRestore,
} from '../../state/pending-restore.ts';
import type { StatusFinding } from './report.ts';
import { describeTrouble } from './what-is-meant.ts';

/** Findings about an unfinished restore over this deployment. */
export async function readRestore(directory: string): Promise<StatusFinding[]> {
  try {
    const pending = await readPendingRestore(directory);
    return pending === undefined ? [] : [{ about: 'restore', ...judgeRestore(pending) }];
  } catch (error) {
    return [{ about: 'restore', ...describeTrouble(error) }];
  }
}

/** A restore that has left the server half changed is a problem; one that only takes space is a warning. */
export function judgeRestore(pending: Pick<PendingRestore, 'phase' | 'set' | 'keptBytes'>): Judgement {
  const { phase, set, keptBytes } = pending;
  if (isHalfDone(pending) || phase === 'starting' || phase === 'undone') {
    return failed(
      `the restore of ${set} was interrupted while data was being exchanged`,
      halfDoneRemedy(pending),
    );
  }
  switch (phase) {
    case 'staging':
      return warning(
        `what was restored from ${set} is not in use, and takes space`,
        'Remove it: `matrix-deploy restore --undo`.',
      );
    case 'removing':
      return warning(
        `the state from before the restore of ${set} is not completely deleted`,
        'Continue: `matrix-deploy restore --finish`.',
      );
    default:
      return warning(
        `${set} was restored here, and the previous state is kept, which takes about ${amountOf(keptBytes)}`,
        'Delete it with `matrix-deploy restore --finish`, or go back to it with `matrix-deploy restore --undo`.',
      );
  }
}
