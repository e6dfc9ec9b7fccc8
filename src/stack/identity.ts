import type { Predecessor } from '../components/secret.ts';

/**
 * The identity of a deployment, as it was when everything was last seen running together. By this record, things that
 * are lost or belong to another server can be distinguished from things that do not exist yet.
 */
export interface IdentityRecord {
  readonly serverName: string;
  /** Random; the name of the witness files in its data directories ends with it. */
  readonly deployment: string;
  /**
   * The identity of each thing that cannot be created again, by the path of a secret or a data directory, or by the
   * name of a provision.
   */
  readonly things: Things;
  readonly predecessors: Predecessors;
}

/** By the path of a secret, the earlier secrets that it has replaced, the latest last. */
export type Predecessors = Readonly<Record<string, readonly Predecessor[]>>;

export type Things = Readonly<Record<string, string>>;

export interface ObservedIdentity {
  /** `undefined` if the record is lost, or was not written yet. */
  readonly recorded: IdentityRecord | undefined;
  /** The server name in the copy of the record beside the data. */
  readonly dataOf: string | undefined;
  /** The present identities. A thing that does not exist, or that could not be read, is absent. */
  readonly seen: Things;
}

/** Stands for the identity of a data directory without the witness file of its deployment. */
export const withoutWitness = 'without witness';

/** Stands for the recorded identity of a secret that may be replaced, but must not get lost. */
export const kept = 'kept';

/** The file by which a data directory is recognised. */
export function witnessFile({ deployment }: Pick<IdentityRecord, 'deployment'>): string {
  return `.matrix-deploy-${deployment}`;
}

/** How long a rotation may take until nothing uses the previous secret any more. */
const rotationMilliseconds = 60 * 60 * 1000;

/** The record with the identity of a secret moved to its predecessors, so that another secret can take its place. */
export function succeeded(record: IdentityRecord, path: string, now: Date): IdentityRecord {
  const { [path]: identity, ...things } = record.things;
  if (identity === undefined) return record;
  const before = record.predecessors[path] ?? [];
  const predecessor = { identity, until: now.getTime() + rotationMilliseconds };
  return { ...record, things, predecessors: { ...record.predecessors, [path]: [...before, predecessor] } };
}

/** The record with more time for unfinished rotations: until they are finished, the previous secret is in use. */
export function continued(record: IdentityRecord, now: Date): IdentityRecord {
  const open = Object.keys(record.predecessors).filter((path) => !(path in record.things));
  if (open.length === 0) return record;
  const until = now.getTime() + rotationMilliseconds;
  const prolonged = open.map((path) => {
    const all = record.predecessors[path] ?? [];
    return [path, all.map((one, index) => (index === all.length - 1 ? { ...one, until } : one))];
  });
  return { ...record, predecessors: { ...record.predecessors, ...Object.fromEntries(prolonged) } };
}

/** Whether the present secret is a predecessor that nothing has replaced yet, as after an interrupted rotation. */
export function hasOpenPlace(path: string, { recorded, seen }: ObservedIdentity): boolean {
  if (recorded === undefined || path in recorded.things) return false;
  return (recorded.predecessors[path] ?? []).some(({ identity }) => identity === seen[path]);
}
