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
 * Brings back the version from before an upgrade: matrix.yaml, the images, and the databases that these cannot use in
 * their present state. Each step can be repeated. A changed database is kept beside the previous one until everything
 * works.
 *
 * @throws UserError where the previous version does not work again
 */
export async function goBack(work: UpgradeWork, pending: PendingUpgrade): Promise<void> {
  const { emit } = work;
  const note = noteOf(work);
  const deployment = toTheEnd(deploymentBefore(work.deployment, pending));
  const { directory } = deployment;
  const copied = copiedDatabases(pending);
  await restoreConfig(deployment, pending);
  if (copied.length > 0 && pending.phase !== 'undone') {
    note('put the previous databases back');
    await writePendingUpgrade(directory, { ...pending, phase: 'undoing' });
    const stack = await lockedStack(deployment);
    await startDatabases(deployment, stack);
    await changePlaces({ deployment, stack, note }, { databases: copied, directories: [] }, 'before');
  }
  if (pending.directories.length > 0 && pending.phase !== 'undone') {
    note('put the previous files back');
    await writePendingUpgrade(directory, { ...pending, phase: 'undoing' });
    const stack = await lockedStack(deployment);
    // A run that was killed may have left a transfer job running.
    await deployment.engine.removeJobs(stack.project);
    await exchangeFiles({ deployment, stack, note }, pending.directories, 'before');
  }
  await writePendingUpgrade(directory, { ...pending, phase: 'undone' });
  const options = { emit, interrupt: uninterruptible, overwriteEdits: false, changesVersions: true };
  await converge({ ...deployment, goesBack: true }, options);
  // The server runs again. Now do what the first call leaves out, such as filling caches, which may take long.
  await converge(deployment, options);
}

/** The databases of which there is a whole copy. */
function copiedDatabases({ databases }: Pick<PendingUpgrade, 'databases'>): PendingUpgrade['databases'] {
  return databases.filter(({ identities }) => identities !== undefined);
}

/** The deployment as it was before the upgrade: its settings, with the images that it ran. */
export function deploymentBefore(deployment: Deployment, { served, changes }: PendingUpgrade): Deployment {
  const known = deployment.config[registry];
  return {
    ...deployment,
    config: withImagesBefore(parseConfig(served, known), changes),
    configText: namingImages(served, changes, known),
  };
}

/** The text of matrix.yaml with the previous images; unchanged where this version of matrix-deploy refuses them. */
function namingImages(text: string, changes: PendingUpgrade['changes'], known: ComponentRegistry): string {
  try {
    return setImages(text, imagesBefore(changes), known).text;
  } catch {
    return text;
  }
}

/** The previous images, by section of matrix.yaml. */
export function imagesBefore(changes: PendingUpgrade['changes']): Record<string, string> {
  return Object.fromEntries(changes.map(({ service, from }) => [service, from]));
}

/** Restores the text of matrix.yaml that the upgrade has replaced. Edits by the operator, before or since, stay. */
async function restoreConfig(
  { directory }: Pick<Deployment, 'directory'>,
  { text: { before, after } }: PendingUpgrade,
): Promise<void> {
  const path = inDirectory({ directory }, layout.config);
  if (before !== after && (await readIfExists(path)) === after) await replaceText(path, before);
}

/** Replaces the text of matrix.yaml, and keeps its mode and owner. */
export async function replaceText(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await lstat(path);
  await writeAtomically(path, text, { mode: mode & 0o7777, owner: { uid, gid } });
}

/** Removes the data that is not in use: previous data, complete or not, or data that an upgrade has changed. */
export async function removeKept(
  { deployment }: Pick<UpgradeWork, 'deployment'>,
  pending: Pick<PendingUpgrade, 'databases' | 'directories'>,
): Promise<void> {
  const stack = await lockedStack(deployment);
  for (const places of pending.directories) {
    // If the directory in use is missing, one of the others is the only one left.
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
