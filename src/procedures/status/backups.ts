import { isProved } from '../../backup/retention.ts';
import { momentOf } from '../../backup/set.ts';
import { type BackupOptions, durationOf } from '../../config/backup-options.ts';
import type { Config } from '../../config/schema.ts';
import { describeDays } from '../../host/health/storage.ts';
import { failed, type Judgement, warning } from '../../host/preflight/finding.ts';
import { readBackupRecord, recordOf } from '../../state/backups.ts';
import { targetsOf } from '../backup/target.ts';
import type { BackupStatus, StatusFinding } from './report.ts';

/** The same with how the last attempt failed, where it did. */
export interface KnownBackups extends BackupStatus {
  readonly failure?: { readonly at: string; readonly message: string } | undefined;
}

/** What the last commands have seen of the backups: looking into a target takes too long for every status. */
export async function readBackups(
  directory: string,
  config: Pick<Config, 'backup'>,
): Promise<KnownBackups[]> {
  const record = await readBackupRecord(directory);
  return targetsOf({ directory, config }).map(({ name, path }) => {
    const { sets, recoveryKeyAt, failure } = recordOf(record, { name, path });
    const latest = sets.filter(isProved).at(-1);
    return {
      target: name,
      path,
      latest: latest === undefined ? null : { set: latest.id, at: momentOf(latest.id) },
      hasRecoveryKey: recoveryKeyAt !== undefined,
      failure,
    };
  });
}

/** A server whose backups have stopped, or failed, has a problem; one that never had any has none for that. */
export function judgeBackups(
  backups: readonly KnownBackups[],
  { max_age }: Pick<BackupOptions, 'max_age'>,
  now: Date,
): StatusFinding[] {
  return backups
    .flatMap((known) => [...judgeAge(known, max_age, now), ...judgeFailure(known), ...judgeRecovery(known)])
    .map((judgement) => ({ about: 'backup', ...judgement }));
}

function judgeAge({ target, latest }: KnownBackups, maxAge: string, now: Date): Judgement[] {
  if (latest === null) return [];
  const age = now.getTime() - latest.at.getTime();
  return age <= durationOf(maxAge)
    ? []
    : [
        failed(
          `the latest verified backup in the target ${target} is ${describeDays(age / 86_400_000)} old`,
          'Make one: `matrix-deploy backup`.',
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
          'Make one: `matrix-deploy backup recovery-key`.',
        ),
      ];
}
