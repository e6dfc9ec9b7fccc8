import type { Progress } from '../backup/repository.ts';
import type { RestoreResult } from '../procedures/restore/restore.ts';
import { describeOutside } from './outside.ts';
import type { Style } from './style.ts';

/** The progress of the parts that are being restored: `data/synapse: 443 of 988 MB; synapse.dump: 479 of 702 MB`. */
export function describeRestoreProgress(running: ReadonlyMap<string, Progress>): string {
  return [...running]
    .map(([what, { bytes, totalBytes }]) => `${what}: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB`)
    .join('; ');
}

/** What a restore has brought back, and what it could not. */
export function describeRestore(result: RestoreResult, style: Style): string[] {
  const { serverName, set, url, madeAt, seconds, rows, missing, skipped, outside } = result;
  const counts = Object.entries(rows).map(
    ([database, tables]) =>
      `The database ${database} has as many rows as when it was dumped: ${Object.entries(tables)
        .map(([table, count]) => `${count} ${table}`)
        .join(', ')}.`,
  );
  const lost = [
    `Everything after ${madeAt} is lost: messages, uploads, accounts and password changes.`,
    'Users who logged in since then must log in again, and messages not yet fetched by a device are lost.',
    ...skipped.map(({ name, reason }) => `Not in the backup: ${name}: ${reason}.`),
    ...(missing.length === 0
      ? []
      : [
          `Deleted while the backup was created, and not in it: ${missing.length} files, such as ${missing[0]}.`,
        ]),
  ];
  return [
    `${serverName} serves again at ${url}, from the backup ${set}, after ${Math.round(seconds)} s.`,
    ...counts,
    ...lost,
    ...describeOutside(outside, style),
    'Never start the old host again: two servers with the same signing key damage rooms.',
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
