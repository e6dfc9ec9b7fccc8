import type { Progress } from '../../backup/repository.ts';
import type { Session } from '../command.ts';

type Shown = Pick<Session<object>, 'context' | 'reporter'>;
type OnProgress = (what: string, progress: Progress) => void;

/** Shows the progress of each part: on a terminal every second, elsewhere every ten seconds. */
export async function backupProgress(session: Shown): Promise<OnProgress> {
  const { describeProgress } = await import('../../output/backups.ts');
  const say = await nowAndThen(session);
  const begun = new Map<string, number>();
  return (what, progress) => {
    const now = session.context.clock.now().getTime();
    const since = begun.get(what) ?? now;
    begun.set(what, since);
    const seconds = (now - since) / 1000;
    say(describeProgress(what, progress, seconds > 0 ? progress.bytes / seconds : 0));
  };
}

/** Shows the progress of all parts that are being restored, as often as that of a backup. */
export async function restoreProgress(session: Shown): Promise<OnProgress> {
  const { describeRestoreProgress } = await import('../../output/restore.ts');
  const say = await nowAndThen(session);
  const running = new Map<string, Progress>();
  return (what, progress) => {
    if (progress.bytes < progress.totalBytes) running.set(what, progress);
    else running.delete(what);
    if (running.size > 0) say(describeRestoreProgress(running));
  };
}

async function nowAndThen({ context, reporter }: Shown): Promise<(text: string) => void> {
  const { atMostEvery } = await import('../../output/reporter.ts');
  const { moment } = await reporter();
  return atMostEvery(context.stderr.isTTY ? 1 : 10, context.clock, moment);
}
