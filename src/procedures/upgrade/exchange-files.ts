import { rm } from 'node:fs/promises';
import { inDirectory } from '../../apply/deployment.ts';
import { layout } from '../../layout.ts';
import type { PendingUpgrade } from '../../state/pending-upgrade.ts';
import {
  isThere,
  recordIdentities,
  removeUsers,
  renameDirectory,
  type Side,
} from '../restore/change-places.ts';
import type { Replacing } from '../restore/replacing.ts';

/**
 * Puts new files of servers, or those of before, into their places, and the others beside. Who uses them is stopped, the
 * servers last, and not started here. A run that was ended in between is continued by the same call, or turned round by the
 * other one; where everything is in its place, nothing is stopped.
 */
export async function exchangeFiles(
  replacing: Replacing,
  directories: PendingUpgrade['directories'],
  side: Side,
): Promise<void> {
  const { deployment } = replacing;
  const coming = await Promise.all(
    directories.map(
      ({ beside, before, identities }) =>
        // Those that are not whole never come.
        identities !== undefined && isThere(inDirectory(deployment, side === 'restored' ? beside : before)),
    ),
  );
  const moving = directories.filter((_, index) => coming[index]);
  if (moving.length > 0) {
    // What was seen last is not so any more.
    await rm(inDirectory(deployment, layout.converged), { force: true });
    await removeUsers(replacing, { databases: [], directories: [] });
    await removeUsers(replacing, { databases: [], directories: moving });
    for (const directory of moving) await renameDirectory(deployment, directory, side);
  }
  const databases = directories.flatMap(({ identities = {} }) =>
    Object.entries(identities).map(([inUse, one]) => ({ inUse, identities: one })),
  );
  await recordIdentities(replacing, { databases }, side);
}
