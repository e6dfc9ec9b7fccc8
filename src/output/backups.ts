import type { Manifest } from '../backup/manifest.ts';
import type { Progress } from '../backup/repository.ts';
import type { TargetCheck } from '../procedures/backup/check-target.ts';
import type { BackupResult } from '../procedures/backup/create.ts';
import type { ListedSet } from '../procedures/backup/listing.ts';
import type { Estimate } from '../procedures/backup/space.ts';
import type { NamedTarget } from '../procedures/backup/target.ts';
import type { SetVerdict } from '../procedures/backup/verify-set.ts';
import { describeDay } from './moments.ts';
import type { Style } from './style.ts';
import { alignColumns, withHeader } from './table.ts';
import { countOf, describeBytes, describeSeconds } from './wording.ts';

/** The expected size and time of a backup, before it begins. */
export function describeEstimate(
  { bytes, newBytes, freeBytes, seconds, isSameDisk }: Estimate,
  { path }: NamedTarget,
): string[] {
  return [
    `to ${path}: at most about ${describeBytes(newBytes)} new of ${describeBytes(bytes)}${freeBytes === undefined ? '' : `, ${describeBytes(freeBytes)} free`}; about ${describeSeconds(seconds * 1000)}`,
    ...(freeBytes !== undefined && freeBytes < newBytes * 1.1 ? [`warning: ${path} may become full`] : []),
    ...(isSameDisk
      ? [
          `warning: ${path} is on the same disk as the server, and is lost with it: set backup.targets in matrix.yaml to a path on another one`,
        ]
      : []),
  ];
}

/**
 * The progress of a part: `data-synapse: 12 MB of 340 MB, 20 MB/s, about 16 s left`.
 *
 * @param rate in bytes per second; 0 when it is unknown
 */
export function describeProgress(
  what: string,
  { bytes, totalBytes, secondsLeft }: Progress,
  rate: number,
): string {
  const amount =
    totalBytes > bytes ? `${describeBytes(bytes)} of ${describeBytes(totalBytes)}` : describeBytes(bytes);
  return [
    `${what}: ${amount}`,
    ...(rate > 0 ? [`${describeBytes(rate)}/s`] : []),
    ...(secondsLeft === undefined ? [] : [`about ${describeSeconds(secondsLeft * 1000)} left`]),
  ].join(', ');
}

/** The result of a backup: its size, its checks, and what it does not contain. */
export function describeBackup(result: BackupResult, style: Style): string[] {
  const { set, target, bytes, added, seconds, checks, skipped, forgotten, hasRecoveryKey } = result;
  return [
    style.bold(`The backup ${set} is verified.`),
    ...alignColumns([
      ['  in', target.path],
      ['  size', `${describeBytes(bytes)}, of which ${describeBytes(added)} are new there`],
      ['  took', describeSeconds(seconds * 1000)],
    ]),
    'Verified:',
    ...checks.map((check) => `  ${check}`),
    'It does not contain:',
    ...skipped.map(({ name, reason }) => `  ${name}: ${reason}`),
    ...(forgotten.length === 0 ? [] : [`Deleted, following backup.keep: ${forgotten.join(', ')}.`]),
    ...(hasRecoveryKey ? [] : [missingRecoveryKey]),
  ];
}

const newKey = 'Create one: `matrix-deploy backup recovery-key`.';

const missingRecoveryKey = `There is no recovery key: only secrets/backup.key of this host opens the backup. ${newKey}`;

/**
 * The sets as a table, the newest first.
 *
 * @param isWhole whether all targets could be read
 */
export function describeSets(
  { sets, isWhole }: { readonly sets: readonly ListedSet[]; readonly isWhole: boolean },
  style: Style,
): string[] {
  if (sets.length === 0) {
    return isWhole ? ['There is no backup yet: `matrix-deploy backup` creates one.'] : [];
  }
  const rows = [...sets]
    .reverse()
    .map(({ id, state, stateAt, target, bytes, added, isPinned }) => [
      id,
      `${state} ${describeDay(stateAt)}${isPinned ? ', kept for an upgrade' : ''}`,
      target,
      describeBytes(bytes),
      describeBytes(added),
    ]);
  return withHeader(['BACKUP (UTC)', 'STATE', 'TARGET', 'SIZE', 'NEW'], rows, { style });
}

/** All facts about one set. */
export function describeSet(set: ListedSet, manifest: Manifest, style: Style): string[] {
  const parts = manifest.parts.map(({ name, subject, files, bytes, added }) => [
    name,
    subject,
    String(files),
    describeBytes(bytes),
    describeBytes(added),
  ]);
  const rows = manifest.databases.flatMap(({ name, rows: counted }) =>
    Object.entries(counted).map(([table, count]) => [`  ${name}.${table}`, String(count)]),
  );
  return [
    style.bold(`${set.id}: ${set.state} ${set.stateAt.toISOString()}`),
    ...alignColumns([
      ['  server', manifest.serverName],
      ...Object.entries(manifest.identities).map(([name, identity]) => [`  ${name}`, identity]),
      ['  begun', manifest.startedAt],
      ['  ended', manifest.finishedAt],
      ['  created by', `matrix-deploy ${manifest.version}`],
    ]),
    ...withHeader(['PART', 'OF', 'FILES', 'SIZE', 'NEW'], parts, { style }),
    'Rows:',
    ...alignColumns(rows),
    'Verified when it was created:',
    ...manifest.checks.map((check) => `  ${check}`),
    'Images:',
    ...alignColumns(Object.entries(manifest.images).map(([tag, digest]) => [`  ${tag}`, digest])),
    'It does not contain:',
    ...manifest.skipped.map(({ name, reason }) => `  ${name}: ${reason}`),
  ];
}

export function describeVerdict(verdict: SetVerdict, style: Style): string[] {
  const { set, target, state, found, recoveryKeyIsLost } = verdict;
  const headline = `The backup ${set} in ${target} is ${state}.`;
  return [
    state === 'verified' ? style.bold(headline) : style.red(headline),
    ...found.map((line) => `  ${line}`),
    ...(recoveryKeyIsLost ? [style.red(`The recovery key of ${target} is no longer valid. ${newKey}`)] : []),
  ];
}

export function describeRemoved(removed: readonly string[]): string {
  return removed.length === 0
    ? 'No changes: backup.keep keeps every backup.'
    : `Removed ${countOf(removed.length, 'backup')}: ${removed.join(', ')}.`;
}

/** The result of the check of each target. */
export function describeChecks(checks: readonly TargetCheck[], style: Style): string[] {
  return checks.flatMap(({ target, path, canDelete, steps }) => [
    style.bold(
      `The target ${target} (${path}) works${canDelete ? '' : ' (append-only: backups cannot be deleted from here)'}.`,
    ),
    ...steps.map((step) => `  ${step}`),
  ]);
}
