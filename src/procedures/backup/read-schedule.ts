import { join } from 'node:path';
import { commandOfUnit, unitNames } from '../../backup/schedule.ts';
import type { Config } from '../../config/schema.ts';
import { exists } from '../../host/files.ts';
import type { Machine } from '../../host/machine.ts';
import { projectName } from '../../stack/stack.ts';

/** Where an administrator's units are (systemd.unit(5), "Unit File Load Path"). */
export const unitDirectory = '/etc/systemd/system';

/** How backups are scheduled on this host. */
export interface Schedule {
  readonly timer: string;
  /** In the words of `systemctl is-enabled`. */
  readonly state: string | undefined;
  /** When the next backup begins; `null` if none is planned. */
  readonly nextRun: Date | null;
  /** The command that the timer starts, word by word. */
  readonly command: readonly string[];
  /** Absolute paths in the command that do not exist. */
  readonly missing: readonly string[];
}

/** The schedule for a deployment of this server name, in any directory; `undefined` if there is none. */
export async function readSchedule(
  { config }: { readonly config: Pick<Config, 'server_name'> },
  machine: Pick<Machine, 'unitFileState' | 'unitProperty' | 'readFile'>,
): Promise<Schedule | undefined> {
  const { service, timer } = unitNames(projectName(config.server_name));
  const text = await machine.readFile(join(unitDirectory, service));
  const command = commandOfUnit(text ?? '');
  if (command === undefined) return undefined;
  const [state, next] = await Promise.all([
    machine.unitFileState(timer),
    machine.unitProperty(timer, 'NextElapseUSecRealtime'),
  ]);
  const paths = [...command.slice(0, 2), directoryIn(command)].filter((path) => path !== undefined);
  const found = await Promise.all(paths.map(exists));
  return {
    timer,
    state,
    nextRun: momentIn(next ?? ''),
    command,
    missing: paths.filter((_, index) => !found[index]),
  };
}

/** The deployment directory in the command of a schedule. */
export function directoryIn(command: readonly string[]): string | undefined {
  const flag = command.indexOf('--dir');
  return flag === -1 ? undefined : command[flag + 1];
}

/** Parses a time as systemctl prints it: `Sun 2026-11-29 04:15:00 UTC`. */
function momentIn(text: string): Date | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text) ?? [];
  return date === undefined ? null : new Date(`${date}T${time}Z`);
}
