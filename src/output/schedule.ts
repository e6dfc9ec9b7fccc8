import type { MadeSchedule } from '../procedures/backup/schedule.ts';
import { describeTime } from './moments.ts';
import type { Style } from './style.ts';

/** When backups run from now on, or what the operator has to do for that. */
export function describeSchedule(made: MadeSchedule, style: Style): string[] {
  if (made.kind === 'crontab') {
    const reason =
      made.reason === 'not root'
        ? 'Only root can add a timer to systemd. A crontab of your own does the same'
        : 'This host has no systemd. A crontab does the same';
    return [`${reason}: add this line with \`crontab -e\`.`, '', made.line];
  }
  const { timer, nextRun } = made.schedule;
  return [
    style.bold('Backups are scheduled.'),
    `  the next one begins at ${describeMoment(nextRun)}`,
    `  \`journalctl --unit ${timer.replace(/timer$/, 'service')}\` shows how they went, and so does \`matrix-deploy status\``,
  ];
}

export function describeRemovedSchedule(timer: string | undefined): string[] {
  return timer === undefined
    ? ['No changes: no timer creates backups of this deployment. A line in a crontab is yours to remove.']
    : [`${timer} is removed: backups are no longer scheduled.`];
}

/** When a timer runs next. */
export function describeMoment(moment: Date | null): string {
  return moment === null ? 'never' : describeTime(moment);
}
