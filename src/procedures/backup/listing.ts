import { isInvalidManifest, type Manifest, parseManifest, sizesOf } from '../../backup/manifest.ts';
import type { Snapshot } from '../../backup/repository.ts';
import { manifestFile, manifestPart, momentOf, readTags, type SetState, tagsOf } from '../../backup/set.ts';
import { BackupError } from '../../errors.ts';
import { type BackupRecord, type RecordedSet, recordOf } from '../../state/backups.ts';
import type { OpenTarget } from './target.ts';

/** A set as it is listed. Snapshots without a manifest are not a set. */
export interface ListedSet {
  readonly id: string;
  readonly target: string;
  readonly at: Date;
  readonly state: SetState;
  /** When the state was determined. */
  readonly stateAt: Date;
  /** Bytes of all content. */
  readonly bytes: number;
  /** Bytes that the set added to the repository. */
  readonly added: number;
  readonly seconds: number;
  readonly isPinned: boolean;
}

/** What is in a repository, by set. */
export interface Contents {
  /** Those with a manifest, oldest first. */
  readonly sets: readonly ListedSet[];
  /** Snapshots of sets that were never finished. */
  readonly leftovers: readonly string[];
  /** By set, all of its snapshots, and those of them that hold its manifest. */
  readonly snapshots: ReadonlyMap<string, readonly string[]>;
  readonly manifests: ReadonlyMap<string, readonly string[]>;
}

/**
 * Lists the sets in a target. A set that is not on record is read from its manifest, and counts as verified: the
 * manifest is only written after the set was verified. With a manifest that nobody can read, it counts as damaged.
 *
 * @throws BackupError where there is no repository
 */
export async function readContents(target: OpenTarget, record: BackupRecord): Promise<Contents> {
  const found = new Map<string, { snapshots: string[]; manifests: string[] }>();
  for (const { id, tags } of await target.repository.snapshots()) {
    const read = readTags(tags);
    if (read === undefined) continue;
    const { snapshots, manifests } = found.get(read.set) ?? { snapshots: [], manifests: [] };
    found.set(read.set, {
      snapshots: [...snapshots, id],
      manifests: read.part === manifestPart ? [...manifests, id] : manifests,
    });
  }
  const all = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  const whole = all.filter(([, { manifests }]) => manifests.length > 0);
  const sets: ListedSet[] = [];
  for (const [id] of whole) sets.push(await listedSet(target, record, id));
  return {
    sets,
    leftovers: all.flatMap(([, { snapshots, manifests }]) => (manifests.length === 0 ? snapshots : [])),
    snapshots: new Map(all.map(([id, { snapshots }]) => [id, snapshots])),
    manifests: new Map(all.map(([id, { manifests }]) => [id, manifests])),
  };
}

async function listedSet(target: OpenTarget, record: BackupRecord, id: string): Promise<ListedSet> {
  const known = recordOf(record, target).sets.find((set) => set.id === id);
  const common = { id, target: target.name, at: momentOf(id), isPinned: record.pinned.includes(id) };
  if (known !== undefined) {
    const { state, stateAt, bytes, added, seconds } = known;
    return { ...common, state, stateAt: new Date(stateAt), bytes, added, seconds };
  }
  const manifest = await readableManifest(target, id);
  if (manifest === undefined) {
    return { ...common, state: 'damaged', stateAt: common.at, bytes: 0, added: 0, seconds: 0 };
  }
  const { stateAt, ...found } = recordedSet(manifest);
  return { ...common, ...found, stateAt: new Date(stateAt) };
}

/** The record of a set, from its manifest. */
export function recordedSet(manifest: Manifest): RecordedSet {
  const { set, startedAt, finishedAt } = manifest;
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return { id: set, state: 'verified', stateAt: finishedAt, ...sizesOf(manifest), seconds };
}

/** @throws BackupError where there is no such set; UserError for a manifest that cannot be understood */
export async function readManifest({ repository }: OpenTarget, set: string): Promise<Manifest> {
  const snapshot = (await repository.snapshots(tagsOf(set, manifestPart))).at(-1);
  if (snapshot === undefined) throw noSuchSet(set);
  return parseManifest(await readManifestText(repository, snapshot), set);
}

/**
 * The manifest of a set; `undefined` for one that matrix-deploy has not written: one damaged set must not stand in the way
 * of the others.
 */
export async function readableManifest(target: OpenTarget, set: string): Promise<Manifest | undefined> {
  return readManifest(target, set).catch((error) => {
    if (isInvalidManifest(error)) return undefined;
    throw error;
  });
}

function readManifestText(
  repository: OpenTarget['repository'],
  { id }: Pick<Snapshot, 'id'>,
): Promise<string> {
  return repository.read(id, `/${manifestFile}`);
}

export function noSuchSet(set: string): BackupError {
  return new BackupError(`there is no backup ${set}`, {
    code: 'backup.set',
    hint: 'See `matrix-deploy backup list`.',
  });
}
