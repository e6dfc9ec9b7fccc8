import type { Progress } from '../../backup/repository.ts';
import type { BackupEvents } from '../../procedures/backup/create.ts';
import type { Session } from '../command.ts';

/** Shows the progress of each part: on a terminal every second, elsewhere every ten seconds. */
export async function backupProgress({
  context,
  reporter,
}: Pick<Session<object>, 'context' | 'reporter'>): Promise<BackupEvents['onProgress']> {
  const { describeProgress } = await import('../../output/backups.ts');
  const { atMostEvery } = await import('../../output/reporter.ts');
  const { moment } = await reporter();
  const say = atMostEvery(context.stderr.isTTY ? 1 : 10, context.clock, moment);
  let part = { what: '', since: 0 };
  return (what: string, progress: Progress) => {
    const now = context.clock.now().getTime();
    if (part.what !== what) part = { what, since: now };
    const seconds = (now - part.since) / 1000;
    say(describeProgress(what, progress, seconds > 0 ? progress.bytes / seconds : 0));
  };
}
