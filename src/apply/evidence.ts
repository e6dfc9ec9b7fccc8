import { lstat, readdir, readlink, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Explanation } from '../components/failure.ts';
import type { Service } from '../components/service.ts';
import type { ContainerHealth, Engine } from '../docker/engine.ts';
import { isErrno } from '../host/files.ts';
import type { Evidence } from '../stack/diagnose.ts';
import { judgePlace, type PlaceNeeded, type PlaceSeen, placesOf } from '../stack/places.ts';
import type { Stack } from '../stack/stack.ts';

const evidenceLines = 20;
/** Entries of a directory that are looked at: one that was given away was given away with most of what is in it. */
const mostEntries = 100;
/** In the top directory of a disk of ext4; it belongs to root. */
const ofTheFileSystem = 'lost+found';
/** The engine's longest pause between two starts of a container that crashes. */
const longestBackoffMilliseconds = 60_000;
/** Less than that is nothing: a database writes 16 MB at once. */
const fullBytes = 1 << 20;

interface Source {
  /** The deployment directory. */
  readonly directory: string;
  readonly engine: Pick<Engine, 'inspect' | 'logs' | 'endings' | 'mapsUsers'>;
  readonly stack: Pick<Stack, 'files' | 'data'>;
}

/**
 * Gathers what is known of a service that does not work.
 *
 * @param container its ID; `undefined` when there is none
 * @param since when it was started: what it said and how it ended before is not about this start. Where nobody started it
 *   just now, the engine's word on that.
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

/** When a service was last started; of one that is started again and again, the starts just before too. */
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

/** How a place is; `undefined` where we may not look. */
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
  // Of a link, only where it leads matters.
  const foreign = entries.find(({ found }) => found.uid !== uid && !found.isSymbolicLink());
  return foreign && { name: foreign.name, uid: foreign.found.uid };
}

async function isFull(path: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  // A file system without a fixed number of files says 0 of 0.
  return bavail * bsize < fullBytes || (files > 0 && ffree === 0);
}
