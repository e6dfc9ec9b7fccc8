import { lstat, rename, rm } from 'node:fs/promises';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import type { Dump } from '../../components/saving.ts';
import type { Engine } from '../../docker/engine.ts';
import { BackupError } from '../../errors.ts';
import { layout } from '../../layout.ts';
import type { Stack } from '../../stack/stack.ts';
import { readIdentity, writeIdentity } from '../../state/identity.ts';
import type { PendingRestore } from '../../state/pending-restore.ts';
import { inService, parseDatabases } from './database-server.ts';
import type { Replacing } from './replacing.ts';

/** The databases and directories that are exchanged. */
export type Places = Pick<PendingRestore, 'databases' | 'directories'>;

/** Which data is put in use: the restored data, or the data from before the restore. */
export type Side = 'restored' | 'before';

/**
 * Puts the restored data, or the data from before the restore, in use, and keeps the other one beside it. Stops the
 * services that use the data, and does not start them again. After an interruption, the same call continues, and a
 * call with the other side reverses the exchange.
 */
export async function changePlaces(replacing: Replacing, pending: Places, side: Side): Promise<void> {
  const { deployment } = replacing;
  // The deployment is no longer converged.
  await rm(inDirectory(deployment, layout.converged), { force: true });
  await removeUsers(replacing, pending);
  for (const database of pending.databases) await renameDatabase(replacing, database, side);
  for (const directory of pending.directories) await renameDirectory(deployment, directory, side);
  await recordIdentities(replacing, pending, side);
}

/**
 * Stops and removes the containers that use any of the data. The engine would start containers that are only stopped
 * when the host starts.
 */
export async function removeUsers(
  { deployment: { engine }, stack, note }: Replacing,
  pending: Places,
): Promise<void> {
  const servers = new Set(stack.dumps.map(({ replacement }) => replacement.service));
  const directories = new Set(pending.directories.map(({ inUse }) => inUse));
  const users = stack.services.filter(
    ({ needs, mounts }) =>
      needs.some((name) => servers.has(name)) || mounts.some(({ source }) => directories.has(source)),
  );
  await removeServices(engine, stack.project, { services: users, note });
}

interface Ending {
  readonly services: Stack['services'];
  note(text: string): void;
}

/**
 * Stops the containers of services, in the order given. The engine starts them again when the host starts.
 *
 * @param andThen called with the ID of each container that has stopped
 */
export async function stopServices(
  engine: Pick<Engine, 'containers' | 'stop'>,
  project: string,
  { services, note }: Ending,
  andThen?: (id: string) => Promise<void>,
): Promise<void> {
  const containers = await engine.containers(project);
  for (const { name, stopGraceSeconds } of services) {
    for (const { id } of containers.filter(({ service }) => service === name)) {
      note(`stop ${name}`);
      await engine.stop(id, stopGraceSeconds);
      await andThen?.(id);
    }
  }
}

/** Stops and removes the containers of services, in the order given. */
export async function removeServices(
  engine: Pick<Engine, 'containers' | 'stop' | 'remove'>,
  project: string,
  ending: Ending,
): Promise<void> {
  await stopServices(engine, project, ending, (id) => engine.remove(id));
}

type DatabasePlaces = PendingRestore['databases'][number];

/** The new names of the databases to rename, by identity, in the order in which the names become free. */
export function namesFor(
  { inUse, beside, before, identities }: DatabasePlaces,
  side: Side,
): (readonly [identity: string, name: string])[] {
  if (identities === undefined) return [];
  const replaced = identities.before;
  return side === 'restored'
    ? [...(replaced === undefined ? [] : [[replaced, before] as const]), [identities.restored, inUse]]
    : [[identities.restored, beside], ...(replaced === undefined ? [] : [[replaced, inUse] as const])];
}

/** How often renaming a database is tried: it fails when a client connects to the database at that moment. */
const attempts = 5;

async function renameDatabase(
  { deployment: { engine, clock }, stack }: Replacing,
  places: DatabasePlaces,
  side: Side,
): Promise<void> {
  const { replacement } = stack.dumps.find(({ database }) => database === places.inUse) as Dump;
  const names = namesFor(places, side);
  const doing = `renaming the database ${places.inUse}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await inService(engine, stack, replacement.service, { exec: replacement.rename(names), doing });
      break;
    } catch (error) {
      if (attempt === attempts || !(error instanceof BackupError)) throw error;
      await clock.sleep(500);
    }
  }
  const listing = { exec: replacement.list, doing: 'listing the databases' };
  const found = parseDatabases(await inService(engine, stack, replacement.service, listing));
  const wrong = names.filter(([identity, name]) => found.get(name) !== identity);
  if (wrong.length > 0) {
    throw new BackupError(
      `there is no database ${wrong.map(([, name]) => name).join(', ')} that was expected`,
      {
        code: 'restore.database',
        details: [...found.keys()].map((name) => `there is ${name}`),
      },
    );
  }
}

/**
 * Puts the directory of one side in use. Two of the three paths exist: they tell what is left to do. If there was no
 * directory before the restore, the side `before` changes nothing.
 */
export async function renameDirectory(
  deployment: Pick<Deployment, 'directory'>,
  { inUse, beside, before }: PendingRestore['directories'][number],
  side: Side,
): Promise<void> {
  const [place, aside, kept] = [inUse, beside, before].map((path) => inDirectory(deployment, path)) as [
    string,
    string,
    string,
  ];
  // The present path of the directory to put in use, and the path to which the other one moves.
  const [coming, going] = side === 'restored' ? [aside, kept] : [kept, aside];
  if (!(await isThere(coming))) return;
  if (await isThere(place)) await rename(place, going);
  await rename(coming, place);
}

export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Records the identities of the databases now in use, so that the deployment recognises them as its own. */
export async function recordIdentities(
  { deployment: { directory }, stack }: Pick<Replacing, 'deployment' | 'stack'>,
  { databases }: { readonly databases: readonly Pick<DatabasePlaces, 'inUse' | 'identities'>[] },
  side: Side,
): Promise<void> {
  const { own, besideData } = await readIdentity(directory);
  const recorded = own ?? besideData;
  if (recorded === undefined) return;
  const known = databases.flatMap(({ inUse, identities }) => {
    const identity = identities?.[side];
    const dump = stack.dumps.find(({ database }) => database === inUse);
    return identity === undefined || dump === undefined
      ? []
      : [[dump.replacement.provision, identity] as const];
  });
  await writeIdentity(directory, {
    ...recorded,
    things: { ...recorded.things, ...Object.fromEntries(known) },
  });
}
