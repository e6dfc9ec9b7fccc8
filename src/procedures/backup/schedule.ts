import {
  backupLine,
  type Calendar,
  scheduledArguments,
  serviceUnit,
  timerUnit,
} from '../../backup/schedule.ts';
import type { Context } from '../../context.ts';
import { UsageError, UserError } from '../../errors.ts';
import {
  type CrontabLine,
  installUnits,
  obstacleToUnits,
  removeUnits,
  startedCommand,
  type UnitSubject,
} from '../units.ts';
import { backupUnits, readSchedule, type Schedule } from './read-schedule.ts';

/** The result of scheduling backups: a systemd timer, or a line that the caller can add to a crontab. */
export type MadeSchedule = { readonly kind: 'timer'; readonly schedule: Schedule } | CrontabLine;

/**
 * Schedules backups by a systemd timer, and checks that the timer is enabled and has a next run. Without systemd, or
 * if the caller is not root, changes nothing and returns a line for a crontab.
 *
 * @throws UsageError for times that this host's scheduler does not support; UserError if systemd does not accept the
 *   timer, or if another deployment has it: the schedule is then as before
 */
export async function makeSchedule(
  subject: UnitSubject,
  calendar: Calendar,
  context: Pick<Context, 'surroundings' | 'program' | 'environment'>,
): Promise<MadeSchedule> {
  const { machine } = await context.surroundings();
  const { server_name: serverName } = subject.config;
  const command = startedCommand(subject, scheduledArguments, context);
  const reason = await obstacleToUnits(machine);
  if (reason !== undefined) {
    if (calendar.crontab === undefined) {
      throw new UsageError('cron does not know such times', {
        code: 'usage.at',
        hint: 'Give a time of day (--at 04:15), or hourly, daily, weekly or monthly.',
      });
    }
    return { kind: 'crontab', line: backupLine(command, calendar.crontab), reason };
  }
  const group = backupUnits(serverName);
  const [timer] = group.starters;
  const texts = {
    [group.service]: serviceUnit(serverName, command),
    [timer]: timerUnit(serverName, calendar),
  };
  const schedule = await installUnits({ group, texts, subject }, machine, async () => {
    const seen = await readSchedule(subject, machine);
    if (seen?.state === 'enabled' && seen.nextRun !== null) return seen;
    throw new UserError(`systemd does not start ${timer} by itself`, {
      code: 'schedule.systemd',
      details: [`it is ${seen?.state ?? 'not known'}`],
      hint: `See \`systemctl status ${timer}\`. The schedule is as it was before.`,
    });
  });
  return { kind: 'timer', schedule };
}

/**
 * Removes the schedule of this deployment. A schedule of another deployment with the same server name stays.
 *
 * @returns the removed timer; `undefined` if there was none
 * @throws UserError if the caller is not root, or if systemd does not stop the timer: the schedule is then as before
 */
export async function removeSchedule(
  subject: UnitSubject,
  { surroundings }: Pick<Context, 'surroundings'>,
): Promise<string | undefined> {
  const { machine } = await surroundings();
  const group = backupUnits(subject.config.server_name);
  return (await removeUnits(group, subject, machine)) ? group.starters[0] : undefined;
}
