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
 * Puts the new files of database servers, or the previous ones, in use, and keeps the others beside them. Stops the
 * services that use the files, the servers last, and does not start them again. After an interruption, the same call
 * continues, and a call with the other side reverses the exchange. Stops nothing where everything is in place.
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
        // Files without identities are incomplete, and are never put in use.
        identities !== undefined && isThere(inDirectory(deployment, side === 'restored' ? beside : before)),
    ),
  );
  const moving = directories.filter((_, index) => coming[index]);
  if (moving.length > 0) {
    // The deployment is no longer converged.
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
