import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Calendar,
  crontabLine,
  type ScheduledRun,
  serviceUnit,
  timerUnit,
  unitNames,
} from '../../backup/schedule.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { UsageError, UserError } from '../../errors.ts';
import { exists, readForeign, writeAtomically } from '../../host/files.ts';
import type { Machine } from '../../host/machine.ts';
import { lastLines } from '../../host/text.ts';
import { layout } from '../../layout.ts';
import { shellWord } from '../../shell-word.ts';
import { projectName } from '../../stack/stack.ts';
import { directoryIn, readSchedule, type Schedule, unitDirectory } from './read-schedule.ts';

const unitMode = 0o644;

/** Environment variables that say where the engine is, if it is not in its usual place. */
const engineVariables = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG'];

interface Subject {
  readonly directory: string;
  readonly config: Pick<Config, 'server_name'>;
}

/** The command of a deployment's scheduled backup, with its environment. */
function scheduledRunOf(
  { directory, config }: Subject,
  { program, environment }: Pick<Context, 'program' | 'environment'>,
): ScheduledRun {
  const unprintable = [directory, ...program].find((path) => /\p{Cc}/u.test(path));
  if (unprintable !== undefined) {
    throw new UsageError(`a schedule cannot have the path ${JSON.stringify(unprintable)} in it`, {
      code: 'usage.path',
      hint: 'Rename it. Nothing was changed.',
    });
  }
  const variables = engineVariables.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === '' || /\p{Cc}/u.test(value) ? [] : [[name, value] as const];
  });
  return {
    serverName: config.server_name,
    program,
    directory,
    environment: Object.fromEntries(variables),
  };
}

/** The result of scheduling backups: a systemd timer, or a line that the caller can add to a crontab. */
export type MadeSchedule =
  | { readonly kind: 'timer'; readonly schedule: Schedule }
  | { readonly kind: 'crontab'; readonly line: string; readonly reason: 'no systemd' | 'not root' };

/**
 * Schedules backups by a systemd timer, and checks that the timer is enabled and has a next run. Without systemd, or
 * if the caller is not root, changes nothing and returns a line for a crontab.
 *
 * @throws UsageError for times that this host's scheduler does not support; UserError if systemd does not accept the
 *   timer, or if another deployment has it: the schedule is then as before
 */
export async function makeSchedule(
  subject: Subject,
  calendar: Calendar,
  context: Pick<Context, 'surroundings' | 'program' | 'environment'>,
): Promise<MadeSchedule> {
  const { machine } = await context.surroundings();
  const run = scheduledRunOf(subject, context);
  const isSystemd = (await machine.systemctl('--version')) !== undefined;
  if (!isSystemd || !machine.isRoot()) {
    if (calendar.crontab === undefined) {
      throw new UsageError('cron does not know such times', {
        code: 'usage.at',
        hint: 'Give a time of day (--at 04:15), or hourly, daily, weekly or monthly.',
      });
    }
    const reason = isSystemd ? 'not root' : 'no systemd';
    return { kind: 'crontab', line: crontabLine(run, calendar.crontab), reason };
  }
  const project = projectName(subject.config.server_name);
  const names = unitNames(project);
  await refuseAnothers(subject, machine);
  const files = {
    [names.service]: serviceUnit(run),
    [names.timer]: timerUnit(run, calendar),
  };
  const before = await readUnits(Object.keys(files));
  try {
    await writeUnits(files);
    await control(machine, 'daemon-reload');
    await control(machine, 'enable', names.timer);
    // Without a restart, a timer that is already waiting would keep its old time.
    await control(machine, 'restart', names.timer);
    const schedule = await readSchedule(subject, machine);
    if (schedule?.state !== 'enabled' || schedule.nextRun === null) {
      throw new UserError(`systemd does not start ${names.timer} by itself`, {
        code: 'schedule.systemd',
        details: [`it is ${schedule?.state ?? 'not known'}`],
        hint: `See \`systemctl status ${names.timer}\`. The schedule is as it was before.`,
      });
    }
    return { kind: 'timer', schedule };
  } catch (error) {
    if (before[names.timer] === undefined) await machine.systemctl('disable', '--now', names.timer);
    await writeUnits(before);
    await machine.systemctl('daemon-reload');
    if (before[names.timer] !== undefined) await machine.systemctl('restart', names.timer);
    throw error;
  }
}

/**
 * Removes the schedule of this deployment. A schedule of another deployment with the same server name stays.
 *
 * @returns the removed timer; `undefined` if there was none
 * @throws UserError if the caller is not root, or if systemd does not stop the timer: the schedule is then as before
 */
export async function removeSchedule(
  subject: Subject,
  { surroundings }: Pick<Context, 'surroundings'>,
): Promise<string | undefined> {
  const { machine } = await surroundings();
  const names = unitNames(projectName(subject.config.server_name));
  const schedule = await readSchedule(subject, machine);
  if (schedule === undefined || directoryIn(schedule.command) !== subject.directory) return undefined;
  if (!machine.isRoot()) {
    throw new UserError(`${names.timer} belongs to root`, {
      code: 'schedule.root',
      hint: 'Run the command as root: `sudo matrix-deploy backup schedule --remove`.',
    });
  }
  // If systemd does not run, no timer has to be stopped: there are only files to remove.
  if ((await machine.systemctl('--version')) !== undefined) {
    await control(machine, 'disable', '--now', names.timer);
  }
  await writeUnits({ [names.timer]: undefined, [names.service]: undefined });
  await machine.systemctl('daemon-reload');
  return names.timer;
}

/**
 * Refuses to replace the schedule of another directory with the same server name, if that still holds a deployment:
 * one of the two may be a copy of the other.
 */
async function refuseAnothers(subject: Subject, machine: Machine): Promise<void> {
  const other = directoryIn((await readSchedule(subject, machine))?.command ?? []);
  if (other === undefined || other === subject.directory) return;
  if (await exists(join(other, layout.config))) {
    throw new UserError(`backups of ${subject.config.server_name} in ${other} are scheduled already`, {
      code: 'schedule.other',
      hint: `Nothing was changed. Remove that first: \`matrix-deploy backup schedule --remove --dir ${shellWord(other)}\`.`,
    });
  }
}

type Units = Readonly<Record<string, string | undefined>>;

async function readUnits(names: readonly string[]): Promise<Units> {
  const texts = await Promise.all(
    names.map(async (name) => [name, await readForeign(join(unitDirectory, name))] as const),
  );
  return Object.fromEntries(texts);
}

/** @param units texts of units by name; a unit without a text is removed */
async function writeUnits(units: Units): Promise<void> {
  for (const [name, text] of Object.entries(units)) {
    const path = join(unitDirectory, name);
    await (text === undefined ? rm(path, { force: true }) : writeAtomically(path, text, unitMode));
  }
}

async function control(machine: Machine, ...args: string[]): Promise<void> {
  const result = await machine.systemctl(...args);
  if (result?.isDone !== true) {
    throw new UserError(`systemctl ${args.join(' ')} failed`, {
      code: 'schedule.systemd',
      details: lastLines(result?.output ?? ''),
      hint: 'The schedule is as it was before.',
    });
  }
}
