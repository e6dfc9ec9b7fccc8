import type { Deployment } from '../../apply/deployment.ts';
import { partsOf, type SetPart } from '../../backup/contents.ts';
import { RepositoryError } from '../../backup/failure.ts';
import type { Manifest } from '../../backup/manifest.ts';
import { wholeReading } from '../../backup/reading.ts';
import { readTags, type SetState } from '../../backup/set.ts';
import { durationOf } from '../../config/backup-options.ts';
import { BackupError, messageOf, UserError } from '../../errors.ts';
import { type RecordedSet, readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { readManifest, recordedSet } from './listing.ts';
import { allRead } from './read-back.ts';
import { recordKeys } from './recovery-key.ts';
import { isLocal, type OpenTarget } from './target.ts';
import { verifyDump } from './verify-parts.ts';

/** What reading a set back has shown. */
export interface SetVerdict {
  readonly set: string;
  readonly target: string;
  readonly state: Extract<SetState, 'verified' | 'damaged'>;
  /** What was found to be so, or what is wrong. */
  readonly found: readonly string[];
  /** Was there a recovery key that opens nothing any more? This host opens the set with its own key all the same. */
  readonly recoveryKeyIsLost: boolean;
}

/**
 * Reads a set back: all that the repository holds, and its dumps to their ends. What was found is recorded. The caller
 * holds the deployment's lock.
 *
 * @throws BackupError, RepositoryError where it could not be looked at, which says nothing of the set
 */
export async function verifySet(
  deployment: Deployment,
  target: OpenTarget,
  set: string,
  note: (text: string) => void,
): Promise<SetVerdict> {
  const { directory, config, clock } = deployment;
  await target.repository.unlockOurs();
  const about = { set, target: target.name, recoveryKeyIsLost: false };
  const manifest = await readManifest(target, set).catch((error) => error);
  const verdict = await lookAt(deployment, target, manifest, note).then(
    (found): SetVerdict => ({ ...about, state: 'verified', found }),
    (error): SetVerdict => {
      if (!isDamage(error)) throw error;
      const details = error instanceof UserError ? error.details : [];
      return { ...about, state: 'damaged', found: [messageOf(error), ...details] };
    },
  );
  const { state } = verdict;
  const now = clock.now();
  const stateAt = now.toISOString();
  // Where it is good, all that the repository holds was read.
  const wasRead = state === 'verified' && !isLocal(target);
  const reading = wasRead ? { reading: wholeReading(durationOf(config.backup.read_within), now) } : {};
  await recordTarget(directory, target, ({ sets, ...known }) => {
    const before =
      sets.find(({ id }) => id === set) ?? (manifest instanceof Error ? undefined : recordedSet(manifest));
    const others = sets.filter(({ id }) => id !== set);
    const judged = before === undefined ? [] : [found(before, state, stateAt)];
    return { ...known, ...reading, sets: [...others, ...judged].sort((a, b) => (a.id < b.id ? -1 : 1)) };
  });
  if (state === 'damaged') return verdict;
  // Restic looks at no key but the one that it uses.
  const { recoveryKeyAt } = recordOf(await readBackupRecord(directory), target);
  const hasKey = await recordKeys(deployment, target);
  return { ...verdict, recoveryKeyIsLost: recoveryKeyAt !== undefined && !hasKey };
}

/** What is known of a set after it was read back: that it was restored once says more. */
function found(before: RecordedSet, state: SetVerdict['state'], stateAt: string): RecordedSet {
  return state === 'verified' && before.state === 'drilled' ? before : { ...before, state, stateAt };
}

/** Is it the content that is wrong, and not the way to it? */
function isDamage(error: unknown): boolean {
  return error instanceof RepositoryError
    ? error.failure === 'damaged'
    : error instanceof BackupError ||
        (error instanceof UserError && error.code === 'backup.manifest.invalid');
}

/** A repository may be whole, and yet lack what somebody has removed from it. Parts of another backup go with that one. */
async function refuseLostParts({ repository }: OpenTarget, { set, parts }: Manifest): Promise<void> {
  const own = (await repository.snapshots()).filter(({ tags }) => readTags(tags)?.set === set);
  const lost = parts.filter(({ snapshot }) => !own.some(({ id }) => id === snapshot));
  if (lost.length > 0) {
    throw new BackupError(`parts of this backup are gone: ${lost.map(({ name }) => name).join(', ')}`, {
      code: 'backup.parts',
    });
  }
}

async function lookAt(
  deployment: Deployment,
  target: OpenTarget,
  manifest: Manifest | Error,
  note: (text: string) => void,
): Promise<string[]> {
  note('read everything back');
  await target.repository.check('all');
  if (manifest instanceof Error) throw manifest;
  await refuseLostParts(target, manifest);
  const stack = await lockedStack(deployment);
  const found = [allRead];
  for (const part of partsOf(stack).filter(
    (one): one is SetPart & { kind: 'database' } => one.kind === 'database',
  )) {
    const saved = manifest.parts.find(({ name }) => name === part.name);
    const database = manifest.databases.find(({ name }) => name === part.dump.database);
    if (saved === undefined || database === undefined) continue;
    note(`read the dump of ${part.dump.database} back`);
    found.push(await verifyDump({ deployment, stack, target }, part.dump, saved, database));
  }
  return found;
}
