import type { MadeSchedule } from '../procedures/backup/schedule.ts';
import type { MadeWatch } from '../procedures/certificates/watch.ts';
import { commandsFor, type RemovedUnits } from '../procedures/remove-all-units.ts';
import type { CrontabLine } from '../procedures/units.ts';
import { describeTime } from './moments.ts';
import type { Style } from './style.ts';

/** When backups run from now on, or what the operator has to do for that. */
export function describeSchedule(made: MadeSchedule, style: Style): string[] {
  if (made.kind === 'crontab') return describeCrontab(made, 'a timer');
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

/** How renewals of the certificate are served from now on, or what the operator has to do for that. */
export function describeWatch(made: MadeWatch, style: Style): string[] {
  if (made.kind === 'crontab') return describeCrontab(made, 'units');
  const { units, paths } = made.watch;
  return [
    style.bold('Renewals of the certificate are served by themselves.'),
    `  systemd watches ${paths.join(', ')}, and looks every hour`,
    `  \`journalctl --unit ${units[0]?.replace(/path$/, 'service')}\` shows what was done`,
  ];
}

export function describeRemovedWatch(unit: string | undefined): string[] {
  return unit === undefined
    ? ['No changes: no unit watches the certificate. A line in a crontab, or a hook, is yours to remove.']
    : [`${unit} is removed: after a renewal, run \`matrix-deploy certificates reload\`.`];
}

/** The units that were removed together with the server that they were for. */
export function describeRemovedUnits(units: RemovedUnits): string[] {
  const removed = [units.timer, units.watch].filter((unit) => unit !== undefined);
  const commands = commandsFor(units).map((command) => `\`matrix-deploy ${command}\``);
  return removed.map((unit, index) => `${unit} is removed, too: ${commands[index]} recreates it.`);
}

function describeCrontab({ line, reason }: CrontabLine, what: string): string[] {
  const why =
    reason === 'not root'
      ? `Only root can add ${what} to systemd. A crontab of your own does the same`
      : 'This host has no systemd. A crontab does the same';
  return [`${why}: add this line with \`crontab -e\`.`, '', line];
}
