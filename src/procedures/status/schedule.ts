import { failed, type Judgement, warning } from '../../host/judgement.ts';
import { directoryIn } from '../../host/unit-text.ts';
import type { Schedule } from '../backup/read-schedule.ts';
import type { BackupsSeen } from './backups.ts';
import type { StatusFinding } from './report.ts';

const makeAgain = 'Create it again: `matrix-deploy backup schedule`.';

/** A timer that starts nothing, or something else, is a problem. Where there are backups, no timer is a warning. */
export function judgeSchedule(
  schedule: Schedule | undefined,
  directory: string,
  backups: BackupsSeen,
): StatusFinding[] {
  const found = schedule === undefined ? judgeAbsence(backups) : judgeTimer(schedule, directory, backups);
  return found.map((judgement) => ({ about: 'backup', ...judgement }));
}

function judgeAbsence({ targets, attempt }: BackupsSeen): Judgement[] {
  const hasBackups = targets.some(({ latest }) => latest !== null);
  // Crontabs are not read. A backup that one has started is recorded in `scheduledAt`.
  return hasBackups && attempt?.scheduledAt === undefined
    ? [warning('backups are not scheduled', 'Schedule them: `matrix-deploy backup schedule`.')]
    : [];
}

function judgeTimer(
  { timer, state, nextRun, command, missing }: Schedule,
  directory: string,
  { attempt }: BackupsSeen,
): Judgement[] {
  const other = directoryIn(command);
  if (missing.length > 0) {
    return [failed(`${timer} would start what is not there any more: ${missing.join(', ')}`, makeAgain)];
  }
  if (other !== directory)
    return [failed(`${timer} creates backups of ${other}, not of this deployment`, makeAgain)];
  // While a backup runs, systemd may not say when the next one begins.
  return state === 'enabled' && (nextRun !== null || attempt?.isRunning)
    ? []
    : [failed(`${timer} does not start by itself (systemd: ${state ?? 'not running'})`, makeAgain)];
}
