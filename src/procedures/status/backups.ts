import { stat } from 'node:fs/promises';
import { readWithin } from '../../backup/reading.ts';
import { isVerified } from '../../backup/retention.ts';
import { momentOf } from '../../backup/set.ts';
import { type BackupOptions, durationOf } from '../../config/backup-options.ts';
import type { Config } from '../../config/schema.ts';
import { describeDays } from '../../host/health/storage.ts';
import { failed, type Judgement, warning } from '../../host/judgement.ts';
import { shellWord } from '../../shell-word.ts';
import { type BackupAttempt, readBackupAttempt } from '../../state/backup-attempt.ts';
import { readBackupRecord, recordOf } from '../../state/backups.ts';
import { isLocal, targetsOf } from '../backup/target.ts';
import type { BackupStatus, StatusFinding } from './report.ts';

/** The status of the backups in one target, with the failures of the last backup and the last drill, if any. */
export interface KnownBackups extends BackupStatus {
  /** When the oldest verified set was created; `undefined` where there is none. */
  readonly since: Date | undefined;
  readonly drillFailure?: { readonly set: string; readonly at: string; readonly message: string } | undefined;
  readonly failure?: { readonly at: string; readonly message: string } | undefined;
  /** The directory of the target, if every user of this host has access to it; otherwise absent. */
  readonly openDirectory?: string | undefined;
}

/** What is known of the backups of a deployment. */
export interface BackupsSeen {
  readonly targets: readonly KnownBackups[];
  readonly attempt: (BackupAttempt & { readonly isRunning: boolean }) | undefined;
}

/** What earlier commands have recorded about the backups: reading the targets themselves would take too long. */
export async function readBackups(
  directory: string,
  config: Pick<Config, 'backup'>,
  now: Date,
): Promise<BackupsSeen> {
  const record = await readBackupRecord(directory);
  const within = config.backup.read_within;
  const known = targetsOf({ directory, config }).map(async (one) => {
    const { name, path } = one;
    const { sets, recoveryKeyAt, reading, failure, drill } = recordOf(record, one);
    const verified = sets.filter(isVerified);
    const latest = verified.at(-1);
    const passed = drill?.passed;
    return {
      target: name,
      path,
      latest: latest === undefined ? null : { set: latest.id, at: momentOf(latest.id) },
      latestDrill: passed === undefined ? null : { set: passed.set, at: new Date(passed.at) },
      hasRecoveryKey: recoveryKeyAt !== undefined,
      readBack: isLocal(one) ? null : { ...readWithin(reading, durationOf(within), now), within },
      since: verified[0] && momentOf(verified[0].id),
      ...{ failure, drillFailure: drill?.failure },
      openDirectory: isLocal(one) && (await isOpen(path)) ? path : undefined,
    };
  });
  return { targets: await Promise.all(known), attempt: await readBackupAttempt(directory) };
}

/** Whether every user of this host has any access to a directory. */
async function isOpen(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (found.mode & 0o007) !== 0;
}

/** Judges the backups. Old or failed ones are a problem; a server that never had any gets a warning. */
export function judgeBackups(
  { targets, attempt }: BackupsSeen,
  { max_age, max_drill_age }: Pick<BackupOptions, 'max_age' | 'max_drill_age'>,
  now: Date,
): StatusFinding[] {
  return [
    ...targets.flatMap((known) => [
      ...judgeAge(known, max_age, now),
      ...judgeFailure(known),
      ...judgeRecovery(known),
      ...judgeOpenness(known),
      ...judgeDrills(known, max_drill_age, now),
    ]),
    ...(attempt === undefined ? [] : judgeAttempt(attempt, targets)),
  ].map((judgement) => ({ about: 'backup', ...judgement }));
}

function judgeAge({ target, latest }: KnownBackups, maxAge: string, now: Date): Judgement[] {
  if (latest === null) {
    return [
      warning(`there is no verified backup in the target ${target}`, 'Create one: `matrix-deploy backup`.'),
    ];
  }
  const age = now.getTime() - latest.at.getTime();
  return age <= durationOf(maxAge)
    ? []
    : [
        failed(
          `the latest verified backup in the target ${target} is ${describeDays(age / 86_400_000)} old`,
          'Create one: `matrix-deploy backup`.',
        ),
      ];
}

function judgeFailure({ target, failure }: KnownBackups): Judgement[] {
  return failure === undefined
    ? []
    : [
        failed(
          `the last backup to the target ${target} failed on ${failure.at}: ${failure.message}`,
          'Fix the cause, then run `matrix-deploy backup`.',
        ),
      ];
}

function judgeRecovery({ target, latest, hasRecoveryKey }: KnownBackups): Judgement[] {
  return latest === null || hasRecoveryKey
    ? []
    : [
        warning(
          `no recovery key opens the backups in the target ${target}: when this host is lost, so are they`,
          'Create one: `matrix-deploy backup recovery-key`.',
        ),
      ];
}

/**
 * Judges access by other users: they could delete backups, or see when the server is used. It is a warning only,
 * because the content is encrypted, and not every file system has modes.
 */
function judgeOpenness({ target, openDirectory }: KnownBackups): Judgement[] {
  return openDirectory === undefined
    ? []
    : [
        warning(
          `other users of this host can access the backups in the target ${target}`,
          `Close the directory: \`chmod o= ${shellWord(openDirectory)}\`.`,
        ),
      ];
}

/** Judges the drills: only a restore proves that a backup works. */
function judgeDrills(
  { target, latestDrill, since, drillFailure }: KnownBackups,
  maxAge: string,
  now: Date,
): Judgement[] {
  if (since === undefined) return [];
  if (drillFailure !== undefined) {
    const { set, at, message } = drillFailure;
    return [
      failed(
        `the drill of ${set} in the target ${target} failed on ${at}: ${message}`,
        'Create another backup, then run `matrix-deploy drill`.',
      ),
    ];
  }
  const age = now.getTime() - (latestDrill?.at ?? since).getTime();
  const isLate = age > durationOf(maxAge);
  const remedy = 'Try one: `matrix-deploy drill`.';
  if (latestDrill === null) {
    const finding = `no backup in the target ${target} was ever tested by a drill`;
    return [isLate ? failed(finding, remedy) : warning(finding, remedy)];
  }
  return isLate
    ? [
        failed(
          `the latest drill of a backup in the target ${target} was ${describeDays(age / 86_400_000)} ago`,
          remedy,
        ),
      ]
    : [];
}

function judgeAttempt(
  { startedAt, isScheduled, isRunning, end, notices }: NonNullable<BackupsSeen['attempt']>,
  targets: readonly KnownBackups[],
): Judgement[] {
  if (isRunning) return [];
  const which = `the backup that ${isScheduled ? 'a timer' : 'somebody'} began on ${startedAt}`;
  const again = 'Fix the cause, then run `matrix-deploy backup`.';
  // A target that failed has its own finding.
  const isTold = targets.some(({ failure }) => failure !== undefined && failure.at >= startedAt);
  const told = notices.map((notice) => warning(`${which}: ${notice}`, 'See backup in matrix.yaml.'));
  switch (end?.result) {
    case undefined:
      return [failed(`${which} did not finish: it was killed, or this host went down`, again)];
    case 'failed':
      return [
        ...(isTold ? [] : [failed(`${which} failed (${end?.stage}): ${end?.message}`, again)]),
        ...told,
      ];
    case 'interrupted':
      return isScheduled ? [failed(`${which} was interrupted`, again), ...told] : told;
    case 'made':
      return told;
  }
}
