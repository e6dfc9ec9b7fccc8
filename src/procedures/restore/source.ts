import { stat } from 'node:fs/promises';
import { type Manifest, parseManifest } from '../../backup/manifest.ts';
import { addressOf, type RepositoryPlace } from '../../backup/place.ts';
import type { Repository, Snapshot } from '../../backup/repository.ts';
import { openRestic } from '../../backup/restic.ts';
import { repositoryOwner } from '../../backup/restic-job.ts';
import { manifestFile, manifestPart, readTags } from '../../backup/set.ts';
import { isFromBefore, noneFromBefore, type WantedSet } from '../../backup/wanted-set.ts';
import type { Engine } from '../../docker/engine.ts';
import { BackupError, UsageError } from '../../errors.ts';
import { version } from '../../package.ts';
import { testedImage } from '../../releases/releases.ts';
import type { Secret } from '../../secrets/secret.ts';
import { restoring } from './staging.ts';

/** What is restored, and from where. */
export interface Source {
  readonly repository: Repository;
  readonly manifest: Manifest;
  /** The deployments that have made the set and the newest set beside it, by their IDs. */
  deployments(): Promise<string[]>;
  /** Restic's image, on this host. */
  readonly image: string;
  /** The snapshot of a part. @throws BackupError where the set has none of this name */
  snapshotOf(part: string): string;
}

interface SourceRequest extends WantedSet {
  /** Where the backups are. */
  readonly from: RepositoryPlace;
  readonly key: Secret;
  /** Factor for the time that another machine may take; 1 when absent. */
  readonly patience?: number | undefined;
  note(text: string): void;
}

/**
 * Opens the backups of a server with a given key, and reads which parts the set has. Writes nothing.
 *
 * @throws UsageError where there is no such directory; RepositoryError for a wrong key; BackupError where there is no
 *   such set
 */
export async function openSource(engine: Engine, request: SourceRequest): Promise<Source> {
  const { from, key, patience, note } = request;
  const image = testedImage('restic');
  const gid = from.kind === 'local' ? await groupOf(from.path) : repositoryOwner.gid;
  if ((await engine.imageId(image)) === undefined) {
    note(`pull ${image}`);
    await engine.pull(image);
  }
  const repository = openRestic({
    engine,
    project: restoring.project,
    image,
    place: from,
    // The files may have another group if the backups were copied to another disk.
    owner: { ...repositoryOwner, gid },
    key: { typed: key },
    patience,
  });
  return readSource({ repository, image, place: addressOf(from) }, request);
}

/**
 * Reads which parts a set has, from a repository that is open.
 *
 * @throws BackupError where there is no such set, or a newer version of this program has created it
 */
export async function readSource(
  { repository, image, place }: Pick<Source, 'repository' | 'image'> & { readonly place: string },
  { set, notAfter }: WantedSet,
): Promise<Source> {
  const parts = partsOf(await repository.snapshots());
  const sets = wholeSets(parts);
  const id = set ?? sets.findLast((one) => isFromBefore(one, notAfter));
  const [oldest] = sets;
  if (id === undefined && notAfter !== undefined && oldest !== undefined) {
    throw noneFromBefore(notAfter, oldest);
  }
  const own = parts.filter((part) => part.set === id);
  const readManifest = async (wanted: string | undefined) => {
    const found = parts.find((one) => one.set === wanted && one.part === manifestPart);
    if (wanted === undefined || found === undefined) throw noSet(set, place);
    return parseManifest(await repository.read(found.snapshot, `/${manifestFile}`), wanted);
  };
  const manifest = await readManifest(id);
  refuseNewer(manifest, version());
  return {
    repository,
    manifest,
    async deployments() {
      const newest = sets.at(-1) === id ? manifest : await readManifest(sets.at(-1)).catch(() => manifest);
      return [...new Set([manifest, newest].flatMap(({ deployment }) => deployment ?? []))];
    },
    image,
    snapshotOf(name) {
      const named = manifest.parts.find((part) => part.name === name)?.snapshot;
      const found = own.find(({ part, snapshot }) => part === name && snapshot === named);
      if (found === undefined) {
        throw new BackupError(`the backup ${id} has no ${name}`, {
          code: 'restore.part',
          hint: 'Nothing was restored. Use another backup.',
        });
      }
      return found.snapshot;
    },
  };
}

/** Refuses a backup by a later version of matrix-deploy: this version may not know all of its parts. */
export function refuseNewer(manifest: Pick<Manifest, 'set' | 'version'>, own: string): void {
  if (manifest.version.localeCompare(own, 'en', { numeric: true }) > 0) {
    throw new BackupError(`the backup ${manifest.set} was created by matrix-deploy ${manifest.version}`, {
      code: 'backup.newer',
      details: [`this is ${own}`],
      hint: 'Nothing was done. Install that version, or a later one.',
    });
  }
}

interface TaggedSnapshot {
  readonly set: string;
  readonly part: string;
  readonly snapshot: string;
}

function partsOf(snapshots: readonly Snapshot[]): TaggedSnapshot[] {
  return snapshots.flatMap(({ id, tags }) => {
    const read = readTags(tags);
    return read === undefined ? [] : [{ ...read, snapshot: id }];
  });
}

/** The complete sets, oldest first. Only these have a manifest: it is written once all other parts were read back. */
function wholeSets(parts: readonly TaggedSnapshot[]): string[] {
  return parts
    .filter(({ part }) => part === manifestPart)
    .map(({ set }) => set)
    .sort();
}

async function groupOf(from: string): Promise<number> {
  try {
    return (await stat(from)).gid;
  } catch (cause) {
    throw new UsageError(`there is no directory ${from}`, {
      code: 'usage.from',
      hint: 'Nothing was done. Name the directory that the backups are in: --from <directory>.',
      cause,
    });
  }
}

function noSet(set: string | undefined, from: string): BackupError {
  return new BackupError(
    set === undefined ? `there is no backup in ${from}` : `there is no backup ${set} in ${from}`,
    {
      code: 'backup.set',
      hint: 'Nothing was done. One that was not finished does not count.',
    },
  );
}
