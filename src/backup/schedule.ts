import { commandLines, crontabLine, originLine, type StartedCommand } from '../host/unit-text.ts';

/** When backups are made. */
export interface Calendar {
  /** In the format of systemd.time(7). */
  readonly systemd: string;
  /** In the format of crontab(5). Absent when that format cannot express it. */
  readonly crontab?: string;
}

/** How long a scheduled backup waits for another command that changes the server. */
const patience = '1h';

const periods: Readonly<Record<string, string>> = {
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * 1',
  monthly: '0 0 1 * *',
};

/** Parses a calendar: a time of day, a period, or an expression of systemd. `undefined` for any other text. */
export function calendarOf(at: string): Calendar | undefined {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at) ?? [];
  if (hour !== undefined && minute !== undefined) {
    return {
      systemd: `*-*-* ${hour.padStart(2, '0')}:${minute}:00`,
      crontab: `${Number(minute)} ${Number(hour)} * * *`,
    };
  }
  const crontab = periods[at];
  if (crontab !== undefined) return { systemd: at, crontab };
  return /^[\w*][\w*:,./~+ -]{0,199}$/.test(at) ? { systemd: at } : undefined;
}

/** The arguments of a scheduled backup. */
export const scheduledArguments = ['backup', '--wait', patience, '--quiet'];

/** The names of systemd's units for the backups of a project. */
export function unitNames(project: string): { service: string; timer: string } {
  return { service: `${project}-backup.service`, timer: `${project}-backup.timer` };
}

/** The command that writes the units, and with `--remove` removes them. */
export const scheduling = 'backup schedule';

/** The unit that makes one backup (systemd.service(5)). */
export function serviceUnit(serverName: string, command: StartedCommand): string {
  return `${originLine(scheduling)}[Unit]
Description=Backup of the Matrix homeserver ${serverName}
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
${commandLines(command)}Nice=10
CPUWeight=20
IOWeight=20
IOSchedulingClass=best-effort
IOSchedulingPriority=7
`;
}

/** The unit that starts backups (systemd.timer(5)). A backup that is missed while the host is off is made later. */
export function timerUnit(serverName: string, { systemd }: Calendar): string {
  return `${originLine(scheduling)}[Unit]
Description=Backups of the Matrix homeserver ${serverName}

[Timer]
OnCalendar=${systemd}
Persistent=true
RandomizedDelaySec=15min

[Install]
WantedBy=timers.target
`;
}

/** The line of a crontab that makes backups. */
export function backupLine({ words, environment }: StartedCommand, when: string): string {
  return crontabLine({ words: ['nice', ...words], environment }, when);
}
