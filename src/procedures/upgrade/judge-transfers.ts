import type { Deployment } from '../../apply/deployment.ts';
import { inDirectory } from '../../apply/deployment.ts';
import type { Engine } from '../../docker/engine.ts';
import { PreflightError } from '../../errors.ts';
import type { Notice } from '../../plan/judge-upgrade.ts';
import { noticesOfStrangers, type PlannedTransfer, transferSpace } from '../../plan/transfers.ts';
import type { Stack } from '../../stack/stack.ts';
import { inService } from '../restore/database-server.ts';
import type { SpaceNeed } from '../restore/space.ts';
import { mountsIn } from '../restore/unready.ts';
import { parseSizes } from '../status/sizes.ts';

/** The total size of databases, in bytes. Their server must run. */
export async function bytesOf(
  engine: Engine,
  stack: Pick<Stack, 'project' | 'dumps'>,
  databases: readonly string[],
): Promise<number> {
  const sizes = await Promise.all(
    stack.dumps
      .filter(({ database }) => databases.includes(database))
      .map(async ({ database, size }) => {
        const asked = { exec: size.ask, doing: `asking how large the database ${database} is` };
        return Object.values(parseSizes(await inService(engine, stack, size.service, asked)));
      }),
  );
  return sizes.flat().reduce((sum, bytes) => sum + bytes, 0);
}

/** Notices about databases that a transfer leaves behind. The servers must run. */
export async function noticesOfTransfers(
  { engine }: Pick<Deployment, 'engine'>,
  stack: Pick<Stack, 'project'>,
  transfers: readonly PlannedTransfer[],
): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const { transfer } of transfers) {
    const { service, strangers } = transfer;
    const asked = { exec: strangers, doing: `listing the databases of ${service}` };
    const names = (await inService(engine, stack, service, asked)).split('\n').filter(Boolean);
    notices.push(...noticesOfStrangers(service, names));
  }
  return notices;
}

/** The space that transfers need, where their data is. */
export async function spaceOfTransfers(
  deployment: Pick<Deployment, 'engine' | 'directory'>,
  stack: Pick<Stack, 'project' | 'dumps'>,
  transfers: readonly PlannedTransfer[],
): Promise<SpaceNeed[]> {
  return Promise.all(
    transfers.map(async ({ transfer: { data, databases } }) => ({
      what: `new files for ${data}`,
      path: inDirectory(deployment, data),
      bytes: transferSpace(await bytesOf(deployment.engine, stack, databases)),
    })),
  );
}

/** @throws PreflightError where data is on a disk of its own: new files cannot take its place by renaming */
export async function refuseMounted(
  deployment: Pick<Deployment, 'directory'>,
  transfers: readonly PlannedTransfer[],
): Promise<void> {
  const paths = transfers.map(({ data }) => data.path);
  const [mounted] = await mountsIn(deployment, paths);
  if (mounted !== undefined) {
    throw new PreflightError(`${mounted} is a disk of its own`, {
      code: 'upgrade.mounted',
      hint: 'Nothing was changed. New files take the place of those that are there by renaming, which a disk of its own does not allow: mount the disk on the directory above it.',
    });
  }
}
