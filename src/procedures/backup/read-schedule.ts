import { scheduling, unitNames } from '../../backup/schedule.ts';
import type { Config } from '../../config/schema.ts';
import type { Machine } from '../../host/machine.ts';
import { projectName } from '../../stack/stack.ts';
import { readUnits, type UnitGroup } from '../units.ts';

/** The units that make the backups of a server. */
export function backupUnits(serverName: string): UnitGroup & { readonly starters: readonly [string] } {
  const { service, timer } = unitNames(projectName(serverName));
  return { service, starters: [timer], writtenBy: scheduling };
}

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
  const group = backupUnits(config.server_name);
  const [timer] = group.starters;
  const units = await readUnits(group, machine);
  if (units === undefined) return undefined;
  const [state, next] = await Promise.all([
    machine.unitFileState(timer),
    machine.unitProperty(timer, 'NextElapseUSecRealtime'),
  ]);
  return { timer, state, nextRun: momentIn(next ?? ''), ...units };
}

/** Parses a time as systemctl prints it: `Sun 2026-11-29 04:15:00 UTC`. */
function momentIn(text: string): Date | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text) ?? [];
  return date === undefined ? null : new Date(`${date}T${time}Z`);
}
