import type { Deployment } from '../../apply/deployment.ts';
import type { Manifest } from '../../backup/manifest.ts';
import { BackupError } from '../../errors.ts';
import type { Stack } from '../../stack/stack.ts';
import { readBackupRecord } from '../../state/backups.ts';
import { readIdentity } from '../../state/identity.ts';
import { readRestoredFrom } from '../../state/restored-from.ts';
import { readSecret } from '../../state/secrets.ts';
import { type ListedSet, readableManifest, readContents } from './listing.ts';
import type { OpenTarget } from './target.ts';

/** The public halves of the keys by which others recognize this server, by name of the secret. */
export async function identitiesOf(
  { directory }: Pick<Deployment, 'directory'>,
  { secrets }: Pick<Stack, 'secrets'>,
): Promise<Record<string, string>> {
  const known = await Promise.all(
    secrets.flatMap(({ name, identity }) =>
      identity === undefined
        ? []
        : [readSecret(directory, name).then((secret) => [name, identity(secret.reveal())] as const)],
    ),
  );
  return Object.fromEntries(known);
}

/** The ID that only this deployment has; `undefined` if it is not known. */
export async function deploymentOf(directory: string): Promise<string | undefined> {
  const { own, besideData } = await readIdentity(directory);
  return (own ?? besideData)?.deployment;
}

/**
 * Refuses a repository with backups of another server: two servers would remove each other's backups there. A restored
 * server continues the backups of the deployment that it comes from, which is then refused, should it run again.
 *
 * @throws BackupError if the newest set is of another deployment, even of one with the same server name
 */
export async function refuseForeignSets(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  target: OpenTarget,
): Promise<void> {
  const { sets } = await readContents(target, await readBackupRecord(directory));
  const newest = await newestManifest(target, sets);
  if (newest === undefined) return;
  const { serverName, deployment } = newest;
  const own = await deploymentOf(directory);
  const isSameName = serverName === config.server_name;
  const known = [own, ...(await readRestoredFrom(directory))];
  if (isSameName && (deployment === undefined || own === undefined || known.includes(deployment))) return;
  throw new BackupError(
    isSameName
      ? `${target.path} has backups of another deployment of ${serverName}`
      : `${target.path} has backups of another server (${serverName})`,
    {
      code: 'backup.foreign',
      hint: isSameName
        ? 'If this server was restored on another host, that host continues these backups, and this one must not run. Otherwise set another path in backup.targets in matrix.yaml.'
        : 'Set another path in backup.targets in matrix.yaml.',
    },
  );
}

async function newestManifest(
  target: OpenTarget,
  sets: readonly Pick<ListedSet, 'id'>[],
): Promise<Manifest | undefined> {
  for (const { id } of sets.toReversed()) {
    const manifest = await readableManifest(target, id);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}
