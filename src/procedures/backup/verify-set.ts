import type { Deployment } from '../../apply/deployment.ts';
import { partsOf, type SetPart } from '../../backup/contents.ts';
import { RepositoryError } from '../../backup/failure.ts';
import { isInvalidManifest, type Manifest } from '../../backup/manifest.ts';
import { wholeReading } from '../../backup/reading.ts';
import { readTags, type SetState } from '../../backup/set.ts';
import { durationOf } from '../../config/backup-options.ts';
import { BackupError, messageOf, UserError } from '../../errors.ts';
import { type RecordedSet, readBackupRecord, recordOf, recordTarget } from '../../state/backups.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { readManifest, recordedSet } from './listing.ts';
import { allRead } from './read-back.ts';
import { recordKeys } from './recovery-key.ts';
import { findSet, type OpenTargets } from './sets.ts';
import { isLocal, type OpenTarget } from './target.ts';
import { verifyDump } from './verify-parts.ts';

/** The result of reading a set back. */
export interface SetVerdict {
  readonly set: string;
  readonly target: string;
  readonly state: Extract<SetState, 'verified' | 'damaged'>;
  /** What was verified or, for a damaged set, what is wrong: a sentence each. */
  readonly found: readonly string[];
  /** Whether the repository has lost a recorded recovery key. This host still opens the set with its own key. */
  readonly recoveryKeyIsLost: boolean;
}

/**
 * Verifies a set: reads back everything in the repository, and each dump of the set to its end. Records the result.
 *
 * @param opened the targets to look for the set in
 * @param id of the set; `undefined` for the newest
 * @throws BackupError if there is no such set; RepositoryError if the repository could not be read, which says nothing
 *   about the set
 */
export function verifyBackup(
  deployment: Deployment,
  context: ChangePorts,
  opened: OpenTargets,
  { id, note }: { readonly id: string | undefined; note(text: string): void },
): Promise<SetVerdict> {
  return changeDeployment(context, deployment, 'backup verify', async () => {
    const { set, target } = await findSet(deployment, opened, { id, note });
    return verifySet(deployment, target, set.id, note);
  });
}

async function verifySet(
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
  // If the set is verified, everything in the repository was read.
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
  // Restic has only checked the key that it uses.
  const { recoveryKeyAt } = recordOf(await readBackupRecord(directory), target);
  const hasKey = await recordKeys(deployment, target);
  return { ...verdict, recoveryKeyIsLost: recoveryKeyAt !== undefined && !hasKey };
}

/** The record of a set after it was read back. A verified set stays `drilled`: a restore proves more than reading. */
function found(before: RecordedSet, state: SetVerdict['state'], stateAt: string): RecordedSet {
  return state === 'verified' && before.state === 'drilled' ? before : { ...before, state, stateAt };
}

/** Whether an error shows that the content is damaged, and not that the repository could not be read. */
function isDamage(error: unknown): boolean {
  return error instanceof RepositoryError
    ? error.failure === 'damaged'
    : error instanceof BackupError || isInvalidManifest(error);
}

/**
 * Refuses a set without all of its snapshots: a repository without damage may still lack some that somebody has
 * removed. Snapshots of other sets do not count: they are deleted with their own set.
 */
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
