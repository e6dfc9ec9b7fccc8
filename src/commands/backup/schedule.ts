import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

interface ScheduleFlags {
  readonly at?: string;
  readonly remove?: boolean;
}

const usualTime = '04:15';

export function declareSchedule(backup: Command, context: Context): void {
  declareCommand(backup, 'schedule', 'back up every day, with a systemd timer', {
    'matrix-deploy backup schedule': `every day at ${usualTime}`,
    'matrix-deploy backup schedule --at 02:30': 'at another time',
    'matrix-deploy backup schedule --at "Mon,Thu 02:30"': 'in the syntax of systemd',
    'matrix-deploy backup schedule --remove': '',
  })
    .option(
      '--at <time>',
      `time of day, hourly, daily, weekly, monthly, or a systemd calendar expression (default: ${usualTime})`,
    )
    .option('--remove', 'stop the scheduled backups')
    .action(inSession('backup schedule', context, schedule));
}

async function schedule(session: Session<ScheduleFlags>): Promise<void> {
  const { context, flags, directory, style, answer } = session;
  const { loadConfig } = await import('../../state/load-config.ts');
  const { calendarOf } = await import('../../backup/schedule.ts');
  const { makeSchedule, removeSchedule } = await import('../../procedures/backup/schedule.ts');
  const { describeRemovedSchedule, describeSchedule } = await import('../../output/schedule.ts');
  const { UsageError } = await import('../../errors.ts');
  if (flags.remove && flags.at !== undefined) {
    throw new UsageError('--at and --remove exclude each other', { code: 'usage' });
  }
  const subject = { directory, config: (await loadConfig(directory, context)).config };
  if (flags.remove) {
    const removed = await removeSchedule(subject, context);
    answer(describeRemovedSchedule(removed), { removed: removed ?? null });
    return;
  }
  const at = flags.at ?? usualTime;
  const calendar = calendarOf(at);
  if (calendar === undefined) {
    throw new UsageError(`${JSON.stringify(at)} is not a valid time for a schedule`, {
      code: 'usage.at',
      hint: 'Give a time of day (--at 04:15), or hourly, daily, weekly or monthly.',
    });
  }
  const made = await makeSchedule(subject, calendar, context);
  answer(describeSchedule(made, await style()), made);
}
