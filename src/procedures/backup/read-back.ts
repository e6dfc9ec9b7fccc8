import type { Deployment } from '../../apply/deployment.ts';
import { dueReading, wholeReading } from '../../backup/reading.ts';
import { durationOf } from '../../config/backup-options.ts';
import { readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { isLocal, type OpenTarget } from './target.ts';

/** What was found where everything was read. */
export const allRead = 'all that the repository holds was read and is what was written';

/**
 * Reads back what a repository holds: all of it, or from another machine the parts whose turn it is, so that everything is
 * read within `backup.read_within`.
 *
 * @returns what was found to be so, as a sentence
 * @throws RepositoryError where something is not what was written
 */
export async function readBack(
  { directory, config, clock }: Pick<Deployment, 'directory' | 'config' | 'clock'>,
  target: OpenTarget,
  { readsAll, note }: { readsAll: boolean; note(text: string): void },
): Promise<string> {
  const { repository } = target;
  const { read_within } = config.backup;
  const { reading } = recordOf(await readBackupRecord(directory), target);
  const within = durationOf(read_within);
  const now = clock.now();
  const due = dueReading(reading, within, now);
  const isWhole = readsAll || isLocal(target) || due.parts === 'all';
  if (isWhole) {
    note('read everything back');
    await repository.check('all');
  } else {
    for (const part of due.parts) {
      note(`read a part of everything back (${part})`);
      await repository.check(part);
    }
  }
  if (!isLocal(target)) {
    const after = isWhole ? wholeReading(within, now) : due.after;
    await recordTarget(directory, target, (known) => ({ ...known, reading: after }));
  }
  return isWhole
    ? allRead
    : `of all that the repository holds, ${describeParts(due.parts)} was read and is what was written; everything is read within ${read_within}`;
}

/** `part 3 of 30`, or `parts 3, 4 of 30`. */
function describeParts(parts: readonly string[]): string {
  const numbers = parts.map((part) => part.split('/')[0]);
  const total = parts[0]?.split('/')[1];
  return `part${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')} of ${total}`;
}
