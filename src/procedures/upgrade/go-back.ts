import { lstat, rm } from 'node:fs/promises';
import { converge } from '../../apply/converge.ts';
import { type Deployment, inDirectory, toTheEnd } from '../../apply/deployment.ts';
import { type ComponentRegistry, registry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import { setImages } from '../../config/set-images.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { readIfExists, writeAtomically } from '../../host/files.ts';
import { layout } from '../../layout.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { type PendingUpgrade, writePendingUpgrade } from '../../state/pending-upgrade.ts';
import { changePlaces, isThere } from '../restore/change-places.ts';
import { inService, startDatabases } from '../restore/database-server.ts';
import { removeDirectories } from '../restore/remove-directories.ts';
import { exchangeFiles } from './exchange-files.ts';
import { noteOf, type UpgradeWork, withImagesBefore } from './work.ts';

/**
 * Brings back what served before an upgrade: matrix.yaml, the databases that it could not use as they are now, and its images.
 * Each step can be repeated. A database that was changed is kept beside until everything works.
 *
 * @throws UserError where what served before does not come back
 */
export async function goBack(work: UpgradeWork, pending: PendingUpgrade): Promise<void> {
  const { emit } = work;
  const note = noteOf(work);
  const deployment = toTheEnd(deploymentBefore(work.deployment, pending));
  const { directory } = deployment;
  const copied = copiedDatabases(pending);
  await restoreConfig(deployment, pending);
  if (copied.length > 0 && pending.phase !== 'undone') {
    note('put the databases of before into their places');
    await writePendingUpgrade(directory, { ...pending, phase: 'undoing' });
    const stack = await lockedStack(deployment);
    await startDatabases(deployment, stack);
    await changePlaces({ deployment, stack, note }, { databases: copied, directories: [] }, 'before');
  }
  if (pending.directories.length > 0 && pending.phase !== 'undone') {
    note('put the files of before into their places');
    await writePendingUpgrade(directory, { ...pending, phase: 'undoing' });
    const stack = await lockedStack(deployment);
    // A run that was killed may have left it at work.
    await deployment.engine.removeJobs(stack.project);
    await exchangeFiles({ deployment, stack, note }, pending.directories, 'before');
  }
  await writePendingUpgrade(directory, { ...pending, phase: 'undone' });
  const options = { emit, interrupt: uninterruptible, overwriteEdits: false, changesVersions: true };
  await converge({ ...deployment, goesBack: true }, options);
  // It serves again; what makes it start faster may take its time.
  await converge(deployment, options);
}

/** The databases of which there is a whole copy. */
function copiedDatabases({ databases }: Pick<PendingUpgrade, 'databases'>): PendingUpgrade['databases'] {
  return databases.filter(({ identities }) => identities !== undefined);
}

/** The deployment as it served: its settings, with the images that it ran. */
export function deploymentBefore(deployment: Deployment, { served, changes }: PendingUpgrade): Deployment {
  const known = deployment.config[registry];
  return {
    ...deployment,
    config: withImagesBefore(parseConfig(served, known), changes),
    configText: namingImages(served, changes, known),
  };
}

/** A text of matrix.yaml in which the images of before stand, where they can: a later version may allow them no more. */
function namingImages(text: string, changes: PendingUpgrade['changes'], known: ComponentRegistry): string {
  try {
    return setImages(text, imagesBefore(changes), known).text;
  } catch {
    return text;
  }
}

/** By section of matrix.yaml, the images of before. */
export function imagesBefore(changes: PendingUpgrade['changes']): Record<string, string> {
  return Object.fromEntries(changes.map(({ service, from }) => [service, from]));
}

/** An edit that the operator has made, before the upgrade or since, stays. */
async function restoreConfig(
  { directory }: Pick<Deployment, 'directory'>,
  { text: { before, after } }: PendingUpgrade,
): Promise<void> {
  const path = inDirectory({ directory }, layout.config);
  if (before !== after && (await readIfExists(path)) === after) await replaceText(path, before);
}

/** Writes matrix.yaml as it was, its mode and owner too. */
export async function replaceText(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await lstat(path);
  await writeAtomically(path, text, { mode: mode & 0o7777, owner: { uid, gid } });
}

/** Removes what is not in use: copies of before, whole or not, or what an upgrade has changed. */
export async function removeKept(
  { deployment }: Pick<UpgradeWork, 'deployment'>,
  pending: Pick<PendingUpgrade, 'databases' | 'directories'>,
): Promise<void> {
  const stack = await lockedStack(deployment);
  for (const places of pending.directories) {
    // Without the one that is in use, one of the others is all that there is.
    if (!(await isThere(inDirectory(deployment, places.inUse)))) continue;
    await removeDirectories(deployment, stack, [places], ['beside', 'before']);
  }
  for (const places of pending.databases) {
    const replacement = stack.dumps.find(({ database }) => database === places.inUse)?.replacement;
    if (replacement === undefined) continue;
    await inService(deployment.engine, stack, replacement.service, {
      exec: replacement.remove([places.before, places.beside]),
      doing: `removing what is kept of the database ${places.inUse}`,
    });
  }
  await rm(inDirectory(deployment, layout.converged), { force: true });
}
