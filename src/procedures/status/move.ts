import { failed, type Judgement, warning } from '../../host/judgement.ts';
import { describeElsewhere, isElsewhere, type MoveRecord, readMove } from '../../state/move.ts';
import type { StatusFinding } from './report.ts';
import { describeTrouble } from './what-is-meant.ts';

/** Findings about a move of this deployment to another host. */
export async function readMoving(directory: string): Promise<StatusFinding[]> {
  try {
    const record = await readMove(directory);
    return record === undefined ? [] : [{ about: 'move', ...judgeMove(record) }];
  } catch (error) {
    return [{ about: 'move', ...describeTrouble(error) }];
  }
}

/** A move that has stopped the server here is a problem; one that has only begun to copy is a warning. */
export function judgeMove(record: MoveRecord): Judgement {
  const { phase, host } = record;
  if (isElsewhere(record)) {
    const { finding, remedy } = describeElsewhere(record);
    return failed(finding, remedy);
  }
  return phase === 'returned'
    ? failed(`the return of this server from ${host} was interrupted`, 'Run `matrix-deploy move --abort`.')
    : warning(
        `a move to ${host} was begun, and the server serves here`,
        `Continue: \`matrix-deploy move ${host}\`. Or cancel it: \`matrix-deploy move --abort\`.`,
      );
}
