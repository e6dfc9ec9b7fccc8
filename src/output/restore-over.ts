import { describeLost, type Rows } from '../plan/losses.ts';
import type { PlannedRestore, RestoreOverResult } from '../procedures/restore/restore-over.ts';
import type { Style } from './style.ts';
import { describeBytes, describeSeconds } from './wording.ts';

/** What it comes to, before it is done: what will be lost, and what stays. */
export function describePlannedRestore({ steps, set, since, lost, keptBytes }: PlannedRestore): string[] {
  if (steps.includes('stage')) {
    return [
      `${set} comes in the place of what serves. What came after ${since} is lost${atLeast(lost)}.`,
      'Who has logged in since then must log in again; messages that only waited for a device are gone; other servers keep what they received.',
      'matrix.yaml, secrets and certificates stay as they are. What serves now is kept until `matrix-deploy restore --finish`.',
      'The server goes on while everything is put together, then stops for some seconds.',
    ];
  }
  if (steps.includes('go-back')) {
    return [
      `What served before ${set} was restored comes back. What came after ${since} is lost${atLeast(lost)}.`,
      'The server stops for some seconds.',
    ];
  }
  if (steps.includes('switch')) return [`The restore of ${set} was interrupted. Continuing.`];
  return steps.includes('remove')
    ? [
        `What served before ${set} was restored is deleted: about ${describeBytes(keptBytes)}, and the way back to it.`,
      ]
    : [`What is put together of ${set} is removed. It is not in use.`];
}

/** `: at least 20 events, 1 users`; empty where nothing is known to be. */
function atLeast(lost: Rows): string {
  const rows = describeLost(lost);
  return rows === '' ? '' : `: at least ${rows}`;
}

/** What serves now, and what there is left to do. */
export function describeRestoreOver(result: RestoreOverResult, style: Style): string[] {
  const { set, serves, isPending, rows, missing, keptBytes, downtimeSeconds } = result;
  const after =
    downtimeSeconds === null ? '' : ` Nobody was served for ${describeSeconds(downtimeSeconds * 1000)}.`;
  const counts = Object.entries(rows).map(
    ([database, tables]) =>
      `The database ${database} had as many rows as when it was dumped: ${Object.entries(tables)
        .map(([table, count]) => `${count} ${table}`)
        .join(', ')}.`,
  );
  if (serves === 'before') {
    return [style.bold(`What served before serves; nothing of ${set} is kept here.`) + after];
  }
  return [
    style.bold(
      isPending
        ? `What was saved as ${set} serves now.`
        : `What served before ${set} was restored is deleted.`,
    ) + after,
    ...(isPending ? counts : []),
    ...(missing.length === 0
      ? []
      : [
          `Deleted while the backup was made, and not in it: ${missing.length} files, such as ${missing[0]}.`,
        ]),
    ...(isPending
      ? [
          `What served before is kept, and takes about ${describeBytes(keptBytes)}. Check that everything works, then delete it: \`matrix-deploy restore --finish\`.`,
          'To go back to it: `matrix-deploy restore --undo`.',
        ]
      : []),
  ];
}
