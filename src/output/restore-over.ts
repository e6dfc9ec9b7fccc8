import { describeLost, type Rows } from '../plan/losses.ts';
import type { PlannedRestore, RestoreOverResult } from '../procedures/restore/restore-over.ts';
import type { Style } from './style.ts';
import { describeBytes, describeSeconds } from './wording.ts';

/** What a restore over a running server does, before it begins: what will be lost, and what stays. */
export function describePlannedRestore({ steps, set, since, lost, keptBytes }: PlannedRestore): string[] {
  if (steps.includes('stage')) {
    return [
      `${set} replaces the running state. Everything after ${since} is lost${atLeast(lost)}.`,
      'Users who logged in since then must log in again; messages not yet fetched by a device are lost; other servers keep what they received.',
      'matrix.yaml, secrets and certificates stay as they are. The present state is kept until `matrix-deploy restore --finish`.',
      'The server keeps running while the backup is unpacked, then stops for some seconds.',
    ];
  }
  if (steps.includes('go-back')) {
    return [
      `The state before the restore of ${set} comes back. Everything after ${since} is lost${atLeast(lost)}.`,
      'The server stops for some seconds.',
    ];
  }
  if (steps.includes('switch')) return [`The restore of ${set} was interrupted. Continuing.`];
  return steps.includes('remove')
    ? [
        `The state before the restore of ${set} is deleted: about ${describeBytes(keptBytes)}, and the way back to it.`,
      ]
    : [`The unpacked files of ${set} are removed. They are not in use.`];
}

/** `: at least 20 events, 1 users`; empty when no loss is known. */
function atLeast(lost: Rows): string {
  const rows = describeLost(lost);
  return rows === '' ? '' : `: at least ${rows}`;
}

/** Which state serves now, and what is left to do. */
export function describeRestoreOver(result: RestoreOverResult, style: Style): string[] {
  const { set, serves, isPending, rows, missing, keptBytes, downtimeSeconds } = result;
  const after = downtimeSeconds === null ? '' : ` Downtime: ${describeSeconds(downtimeSeconds * 1000)}.`;
  const counts = Object.entries(rows).map(
    ([database, tables]) =>
      `The database ${database} had as many rows as when it was dumped: ${Object.entries(tables)
        .map(([table, count]) => `${count} ${table}`)
        .join(', ')}.`,
  );
  if (serves === 'before') {
    return [style.bold(`The previous state is running; nothing of ${set} is kept here.`) + after];
  }
  return [
    style.bold(
      isPending ? `The backup ${set} is running now.` : `The state before the restore of ${set} is deleted.`,
    ) + after,
    ...(isPending ? counts : []),
    ...(missing.length === 0
      ? []
      : [
          `Deleted while the backup was created, and not in it: ${missing.length} files, such as ${missing[0]}.`,
        ]),
    ...(isPending
      ? [
          `The previous state is kept, and takes about ${describeBytes(keptBytes)}. Check that everything works, then delete it: \`matrix-deploy restore --finish\`.`,
          'To go back to it: `matrix-deploy restore --undo`.',
        ]
      : []),
  ];
}
