import type { Deployment } from '../../apply/deployment.ts';
import { dueReading, wholeReading } from '../../backup/reading.ts';
import { durationOf } from '../../config/backup-options.ts';
import { readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { isLocal, type OpenTarget } from './target.ts';

/** The result of reading everything. */
export const allRead = 'all that the repository holds was read and is what was written';

/**
 * Reads back the content of a repository. On this host, or with `readsAll`, that is all of it; on another machine,
 * only the parts that are due, so that everything is read within `backup.read_within`.
 *
 * @returns what was verified, as a sentence
 * @throws RepositoryError if something is not what was written
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
