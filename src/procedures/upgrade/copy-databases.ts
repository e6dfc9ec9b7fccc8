import { toTheEnd } from '../../apply/deployment.ts';
import { BackupError } from '../../errors.ts';
import type { Stack } from '../../stack/stack.ts';
import { type PendingUpgrade, writePendingUpgrade } from '../../state/pending-upgrade.ts';
import { removeUsers } from '../restore/change-places.ts';
import { countRowsNow, inService, parseDatabases } from '../restore/database-server.ts';
import type { MigratedDump } from './ask.ts';
import { noteOf, type UpgradeWork } from './work.ts';

/**
 * Stops the services that use the databases, and then copies each database, so that going back loses nothing that was
 * acknowledged. Does not start the services again.
 *
 * @returns the record, which has been written
 */
export async function copyDatabases(
  work: UpgradeWork,
  stack: Stack,
  { pending, dumps }: { pending: PendingUpgrade; dumps: readonly MigratedDump[] },
): Promise<PendingUpgrade> {
  const deployment = toTheEnd(work.deployment);
  const { engine, directory } = deployment;
  const note = noteOf(work);
  const id = pending.id.replaceAll('-', '_');
  const places = dumps.map(({ database: inUse }) => ({
    inUse,
    beside: `${inUse}_upgraded_${id}`,
    before: `${inUse}_before_${id}`,
  }));
  await writePendingUpgrade(directory, { ...pending, databases: places });
  await removeUsers({ deployment, stack, note }, { databases: places, directories: [] });
  const copiedAt = deployment.clock.now().toISOString();
  const rows = await countRowsNow(engine, stack);
  const databases: PendingUpgrade['databases'] = [];
  for (const place of places) {
    const { replacement } = dumps.find(({ database }) => database === place.inUse) as MigratedDump;
    const { service } = replacement;
    note(`copy the database ${place.inUse}`);
    const doing = `copying the database ${place.inUse}`;
    await inService(engine, stack, service, { exec: replacement.copy(place.before), doing });
    const listing = { exec: replacement.list, doing: 'listing the databases' };
    const found = parseDatabases(await inService(engine, stack, service, listing));
    const [before, restored] = [found.get(place.before), found.get(place.inUse)];
    if (before === undefined || restored === undefined) {
      throw new BackupError(`the copy of the database ${place.inUse} is not there`, { code: 'upgrade.copy' });
    }
    databases.push({ ...place, identities: { before, restored } });
  }
  const copied = { ...pending, databases, rows, copiedAt };
  await writePendingUpgrade(directory, copied);
  return copied;
}
