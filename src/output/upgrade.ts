import { describeLost } from '../plan/losses.ts';
import { describeMigration } from '../plan/migrations.ts';
import { transferSpace } from '../plan/transfers.ts';
import { describeChange, reversed } from '../plan/version-changes.ts';
import type { WantedImages } from '../plan/wanted-images.ts';
import type { FinishResult } from '../procedures/upgrade/finish.ts';
import type { ForeseenTransfer, PlannedUpgrade } from '../procedures/upgrade/plan-upgrade.ts';
import type { PlannedRollback, RollbackResult } from '../procedures/upgrade/rollback.ts';
import type { UpgradeResult } from '../procedures/upgrade/upgrade.ts';
import { keptDatabases, type PendingUpgrade } from '../state/pending-upgrade.ts';
import type { RecordedUpgrade } from '../state/upgrades.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';
import { describeBytes, describeSeconds } from './wording.ts';

/** What an upgrade does, before it begins. */
export function describePlannedUpgrade(
  { planned, changes, notices, migrations, transfers, expectedInterruption }: PlannedUpgrade,
  { makesBackup }: { makesBackup: boolean },
): string[] {
  const transferred = transfers.flatMap(({ databases }) => databases);
  return [
    ...changes.map(describeChange),
    ...notices.flatMap(({ id, text, remedy }) => [`! ${id}: ${text}`, `    ${remedy}`]),
    ...(migrations === undefined
      ? ['The changes to the database are not known until the images are pulled.']
      : migrations.flatMap((migration) => describeMigration(migration, transferred))),
    ...transfers.flatMap((transfer) =>
      describeTransfer(transfer, planned.desired.stack.edge.holdsSeconds ?? 0),
    ),
    'Images are pulled, the configuration is checked and the server is used before anything is stopped.',
    makesBackup
      ? 'A backup is created and verified first, and kept until `matrix-deploy upgrade --finish`.'
      : 'warning: no backup is created (--no-backup). If the disk fails meanwhile, what was not saved is lost.',
    ...(transfers.length > 0 ? [] : [describeInterruption(expectedInterruption)]),
    'If the upgrade fails, the present version comes back automatically. Later, use `matrix-deploy rollback`.',
  ];
}

function describeInterruption(seconds: number | undefined): string {
  return seconds === undefined
    ? 'The downtime is not known: this host has not upgraded before.'
    : `The downtime is about ${describeSeconds(seconds * 1000)}, as in previous upgrades.`;
}

/**
 * How data that another release cannot use is transferred, and how long that takes.
 *
 * @param heldSeconds how long requests wait before they fail
 */
function describeTransfer(
  { service, data, from, to, bytes, seconds }: ForeseenTransfer,
  heldSeconds: number,
): string[] {
  const size = bytes === undefined ? '' : ` (${describeBytes(bytes)})`;
  const expected =
    seconds === undefined ? 'a time that is not known' : `about ${describeSeconds(seconds * 1000)}`;
  const isHeld = seconds !== undefined && seconds <= heldSeconds;
  return [
    `${service} ${to} cannot use the files of ${from}: its databases${size} are copied into new ones, and compared. The old files are kept beside ${data} until \`matrix-deploy upgrade --finish\`.`,
    ...(bytes === undefined ? [] : [`That needs ${describeBytes(transferSpace(bytes))} of free disk.`]),
    isHeld
      ? `The downtime is ${expected}; requests wait that long.`
      : `The downtime is ${expected}. Requests wait for ${heldSeconds} s and then fail: tell your users in advance.`,
    'Going back later loses everything since the upgrade.',
  ];
}

export function describeLeft(left: WantedImages['left']): string[] {
  return left.map(({ part, image, reason }) => `${part} stays ${image}: ${reason}`);
}

export function describeUpgrade(result: UpgradeResult, style: Style): string[] {
  const { changes, checks, seconds, interruptionSeconds, keepsCopy, sets } = result;
  return [
    style.bold(`Upgraded: ${changes.map(describeChange).join(', ')}.`),
    ...checks.map((check) => `  ${check}`),
    `It took ${describeSeconds(seconds * 1000)}${servedNobody(interruptionSeconds)}.`,
    ...(sets.length === 0 ? [] : [`The backup from before the upgrade: ${sets.join(', ')}.`]),
    keepsCopy
      ? 'A copy of the database from before is kept. Going back to it (`matrix-deploy rollback`) loses everything from now on.'
      : 'Going back loses nothing: `matrix-deploy rollback`.',
    'Once everything works: `matrix-deploy upgrade --finish`.',
  ];
}

function servedNobody(interruptionSeconds: number | null): string {
  return interruptionSeconds === null
    ? ''
    : `, with a downtime of ${describeSeconds(interruptionSeconds * 1000)}`;
}

export function describePlannedRollback({ pending, lost }: PlannedRollback): string[] {
  const hasCopy = Object.keys(lost).length > 0;
  return [
    `The previous versions come back: ${reversed(pending.changes).map(describeChange).join(', ')}.`,
    hasCopy
      ? `The database as it was at ${pending.copiedAt ?? pending.startedAt} takes its place. Everything since then is lost: ${describeLost(lost) || 'nothing that was counted'}.`
      : 'Nothing is lost: the previous version can use the present database.',
    'The server stops for some seconds.',
  ];
}

export function describeRollback(result: RollbackResult, style: Style): string[] {
  return [
    style.bold(`Went back: ${result.changes.map(describeChange).join(', ')}.`),
    ...result.checks.map((check) => `  ${check}`),
    ...(result.interruptionSeconds === null
      ? []
      : [`Downtime: ${describeSeconds(result.interruptionSeconds * 1000)}.`]),
  ];
}

/** What finishing an upgrade deletes, before it begins. */
export function describeFinishing(pending: PendingUpgrade): string[] {
  const copies = keptDatabases(pending);
  return [
    `The upgrade ${pending.changes.map(describeChange).join(', ')} is finished: then \`rollback\` cannot go back from it.`,
    ...(copies.length === 0 ? [] : [`The copy of the database ${copies.join(', ')} from before is deleted.`]),
  ];
}

export function describeFinish({ deleted, sets, images }: FinishResult, style: Style): string[] {
  return [
    style.bold('The upgrade is finished.'),
    ...(deleted.length === 0 ? [] : [`Deleted: the copy of the database ${deleted.join(', ')} from before.`]),
    ...(sets.length === 0 ? [] : [`backup.keep decides again how long ${sets.join(', ')} stays.`]),
    `No longer needed: ${images.map((image) => `\`docker image rm ${image}\``).join(', ')}.`,
  ];
}

/** The upgrades of a deployment as a table, the newest first. */
export function describeHistory(upgrades: readonly RecordedUpgrade[], style: Style): string[] {
  if (upgrades.length === 0) return ['Nothing was upgraded here yet.'];
  const rows = [...upgrades]
    .reverse()
    .map(({ startedAt, result, changes, seconds, interruptionSeconds, sets, reason }) => [
      startedAt.slice(0, 16).replace('T', ' '),
      result,
      changes.map(describeChange).join(', '),
      describeSeconds(seconds * 1000),
      interruptionSeconds === null ? '-' : describeSeconds(interruptionSeconds * 1000),
      sets.join(', ') || '-',
      reason ?? '',
    ]);
  return withHeader(['BEGUN (UTC)', 'RESULT', 'CHANGE', 'TOOK', 'NOT SERVED', 'BACKUP', 'REASON'], rows, {
    style,
  });
}
