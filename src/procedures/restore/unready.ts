import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import type { Context } from '../../context.ts';
import { BackupError, PreflightError, UserError } from '../../errors.ts';
import { readIfExists } from '../../host/files.ts';
import { mountPointsBelow } from '../../host/health/mounts.ts';
import { layout } from '../../layout.ts';
import type { Stack } from '../../stack/stack.ts';
import { keptDatabases, readPendingUpgrade } from '../../state/pending-upgrade.ts';
import { refuseUnapplied } from '../unapplied.ts';
import { newPending } from './replacing.ts';
import type { Source } from './source.ts';
import { refuseFull, spaceNeeds } from './space.ts';

/**
 * Refuses what would fail or surprise after the server was stopped: a database copy that an unfinished upgrade keeps,
 * settings that were not applied, data that cannot be exchanged by renaming, and a disk that is too small.
 */
export async function refuseUnready(
  context: Context,
  deployment: Deployment,
  stack: Stack,
  { manifest }: Source,
): Promise<void> {
  const { directory } = deployment;
  const upgraded = await readPendingUpgrade(directory);
  if (upgraded !== undefined && keptDatabases(upgraded).length > 0) {
    throw new PreflightError('an upgrade is not finished, and a copy of the database is kept for it', {
      code: 'restore.upgrade',
      hint: 'Nothing was restored. First run `matrix-deploy upgrade --finish`, or go back with `matrix-deploy rollback`.',
    });
  }
  await refuseUnapplied(deployment, 'restore.unapplied', (error) => {
    // Lost data is no reason to refuse: the restore brings it back.
    if (error instanceof UserError && error.code === 'plan.lost') return [];
    throw error;
  });
  const begun = newPending(manifest, stack);
  const mounted = await mountsIn(
    deployment,
    begun.directories.map(({ inUse }) => inUse),
  );
  if (mounted.length > 0) {
    throw new BackupError(`${mounted[0]} is a disk of its own`, {
      code: 'restore.mounted',
      details: mounted,
      hint: 'Nothing was restored. What is restored changes places with what is there by renaming, which a disk of its own does not allow: mount the disk on the whole data directory, or restore on a host without the server: `matrix-deploy restore --from`.',
    });
  }
  const databases = stack.refills[0]?.data ?? layout.data;
  await refuseFull(
    context,
    spaceNeeds(manifest, {
      directory: inDirectory({ directory }, layout.data),
      databases: inDirectory({ directory }, databases),
      copiesDumps: false,
    }),
  );
}

/** Mount points in data directories: they cannot be exchanged by renaming. @returns absolute paths */
export async function mountsIn(
  deployment: Pick<Deployment, 'directory'>,
  directories: readonly string[],
): Promise<string[]> {
  const mountInfo = (await readIfExists('/proc/self/mountinfo')) ?? '';
  const mounts = mountPointsBelow(inDirectory(deployment, layout.data), mountInfo);
  const moved = directories.map((path) => `${inDirectory(deployment, path)}/`);
  return mounts.filter((path) => moved.some((one) => `${path}/`.startsWith(one)));
}
