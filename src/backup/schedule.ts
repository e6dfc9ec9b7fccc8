import { quotedWord } from '../shell-word.ts';

/** When backups are made. */
export interface Calendar {
  /** In the format of systemd.time(7). */
  readonly systemd: string;
  /** In the format of crontab(5). Absent when that format cannot express it. */
  readonly crontab?: string;
}

/** A scheduled run of this program. */
export interface ScheduledRun {
  readonly serverName: string;
  /** Absolute paths: Node.js and this program. */
  readonly program: readonly string[];
  /** Absolute path of the deployment directory. */
  readonly directory: string;
  /** Variables that locate the engine, if it is not in its usual place. */
  readonly environment: Readonly<Record<string, string>>;
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

/** The command line of a scheduled run. */
export function scheduledCommand({ program, directory }: ScheduledRun): string[] {
  return [...program, 'backup', '--wait', patience, '--quiet', '--dir', directory];
}

/** The names of systemd's units for the backups of a project. */
export function unitNames(project: string): { service: string; timer: string } {
  return { service: `${project}-backup.service`, timer: `${project}-backup.timer` };
}

const origin =
  '# Written by `matrix-deploy backup schedule`; `matrix-deploy backup schedule --remove` removes it.';

/** The unit that makes one backup (systemd.service(5)). */
export function serviceUnit(run: ScheduledRun): string {
  const [program = '', ...args] = scheduledCommand(run);
  const environment = Object.entries(run.environment).map(
    ([name, value]) => `Environment=${unitWord(`${name}=${value}`)}\n`,
  );
  return `${origin}
[Unit]
Description=Backup of the Matrix homeserver ${run.serverName}
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
${environment.join('')}ExecStart=${[unitWord(program), ...args.map(unitArgument)].join(' ')}
Nice=10
CPUWeight=20
IOWeight=20
IOSchedulingClass=best-effort
IOSchedulingPriority=7
`;
}

/** The unit that starts backups (systemd.timer(5)). A backup that is missed while the host is off is made later. */
export function timerUnit({ serverName }: Pick<ScheduledRun, 'serverName'>, { systemd }: Calendar): string {
  return `${origin}
[Unit]
Description=Backups of the Matrix homeserver ${serverName}

[Timer]
OnCalendar=${systemd}
Persistent=true
RandomizedDelaySec=15min

[Install]
WantedBy=timers.target
`;
}

/** A line for crontab(5), where a percent sign ends the command unless it is escaped. */
export function crontabLine(run: ScheduledRun, when: string): string {
  const environment = Object.entries(run.environment).map(([name, value]) => `${name}=${quotedWord(value)}`);
  const command = [...environment, 'nice', ...scheduledCommand(run).map(quotedWord)].join(' ');
  return `${when} ${command.replaceAll('%', '\\%')} >/dev/null`;
}

/** The command of a unit that `serviceUnit` has written, word by word; `undefined` where there is none. */
export function commandOfUnit(text: string): string[] | undefined {
  // For systemd, only a line feed ends a line.
  const [, line] = /\nExecStart=([^\n]*)/.exec(text) ?? [];
  return line?.match(/"(?:[^"\\]|\\["\\])*"|\S+/g)?.map(readWord);
}

function readWord(word: string, index: number): string {
  const bare = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : word;
  const literal = bare.replaceAll('%%', '%');
  return index === 0 ? literal : literal.replaceAll('$$', '$');
}

/** Quotes a word for systemd if necessary. A percent sign is doubled, since it would begin a specifier. */
function unitWord(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%');
  return /^[\w./:@+,=-]+$/.test(text) ? text : `"${escaped}"`;
}

/** Quotes an argument for systemd. A dollar sign is doubled as well, since it would begin a variable. */
function unitArgument(text: string): string {
  return unitWord(text.replaceAll('$', '$$$$'));
}
