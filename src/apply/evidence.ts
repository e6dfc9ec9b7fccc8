import { lstat, readdir, readlink, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Explanation } from '../components/failure.ts';
import type { Service } from '../components/service.ts';
import type { ContainerHealth, Engine } from '../docker/engine.ts';
import { isErrno } from '../host/files.ts';
import type { Evidence } from '../stack/diagnose.ts';
import { judgePlace, type PlaceNeeded, type PlaceSeen, placesOf } from '../stack/places.ts';
import type { Stack } from '../stack/stack.ts';

/** Enough for a traceback of Python and the lines of the starts after the crash. */
const evidenceLines = 300;
/** How many entries of a directory are checked. A change of owner by hand usually affects most of its entries. */
const mostEntries = 100;
/** An entry of the top directory of an ext4 file system; it belongs to root. */
const ofTheFileSystem = 'lost+found';
/** The engine's longest pause between two starts of a container that crashes. */
const longestBackoffMilliseconds = 60_000;
/** A disk with less free space is full: a database writes 16 MB at once. */
const fullBytes = 1 << 20;

interface Source {
  /** The deployment directory. */
  readonly directory: string;
  readonly engine: Pick<Engine, 'inspect' | 'logs' | 'endings' | 'mapsUsers'>;
  readonly stack: Pick<Stack, 'files' | 'data'>;
}

/**
 * Gathers evidence about an unhealthy service.
 *
 * @param container the ID of its container; `undefined` when there is none
 * @param since when it was started: earlier log lines and exits do not belong to this start. When absent, the start
 *   time that the engine reports.
 */
export async function gatherEvidence(
  { directory, engine, stack }: Source,
  service: Service,
  container: string | undefined,
  since?: Date,
): Promise<Evidence> {
  const places = judgePlaces({ directory, engine, stack }, service);
  if (container === undefined) {
    return { engineError: '', outOfMemory: false, exitCode: undefined, places: await places, log: [] };
  }
  const health = await engine.inspect(container);
  const from = since ?? startOf(health);
  const [endings, log] = await Promise.all([
    engine.endings(container, from),
    engine.logs(container, evidenceLines, from),
  ]);
  const ended = ['exited', 'dead', 'restarting'].includes(health.state) ? health.exitCode : undefined;
  return {
    engineError: health.error,
    outOfMemory: health.outOfMemory || endings.outOfMemory,
    exitCode: endings.exitCode ?? ended,
    places: await places,
    log,
  };
}

/**
 * When a service was last started. For a container that the engine restarts, early enough to cover the start before.
 */
function startOf({ startedAt, restarts }: ContainerHealth): Date {
  return new Date(Date.parse(startedAt) - (restarts > 0 ? longestBackoffMilliseconds : 0));
}

async function judgePlaces({ directory, engine, stack }: Source, service: Service): Promise<Explanation[]> {
  // The engine maps the users of containers to other users of the host: owners cannot be compared.
  if (await engine.mapsUsers()) return [];
  const judged = await Promise.all(
    placesOf(service, stack).map(async (place) => {
      const seen = await lookAt(join(directory, place.path), place, service.user.uid);
      return seen && judgePlace(service, place, seen);
    }),
  );
  return judged.filter((explanation) => explanation !== undefined);
}

/** The state of a place; `undefined` when this user may not access it. */
async function lookAt(
  path: string,
  { followed, deep }: PlaceNeeded,
  uid: number,
): Promise<PlaceSeen | undefined> {
  try {
    const found = await (followed ? stat : lstat)(path);
    if (found.isSymbolicLink()) {
      return { kind: 'link', leadsTo: await readlink(path) };
    }
    return {
      kind: 'there',
      isDirectory: found.isDirectory(),
      uid: found.uid,
      gid: found.gid,
      mode: found.mode & 0o777,
      foreign: deep && found.isDirectory() ? await foreignEntry(path, uid) : undefined,
      isFull: await isFull(path),
    };
  } catch (error) {
    return isErrno(error, 'ENOENT') ? { kind: 'missing' } : undefined;
  }
}

async function foreignEntry(path: string, uid: number) {
  const names = await readdir(path).catch(() => []);
  const entries = await Promise.all(
    names
      .filter((name) => name !== ofTheFileSystem)
      .slice(0, mostEntries)
      .map(async (name) => ({ name, found: await lstat(join(path, name)) })),
  );
  // The owner of a symbolic link has no effect.
  const foreign = entries.find(({ found }) => found.uid !== uid && !found.isSymbolicLink());
  return foreign && { name: foreign.name, uid: foreign.found.uid };
}

async function isFull(path: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  // A file system without a fixed number of inodes reports 0 of 0.
  return bavail * bsize < fullBytes || (files > 0 && ffree === 0);
}
