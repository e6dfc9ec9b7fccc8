import type { Predecessor } from '../components/secret.ts';

/**
 * What a deployment is, as it was when everything was last seen running together. By it what is lost, and what belongs to
 * another server, is told from what is not there yet.
 */
export interface IdentityRecord {
  readonly serverName: string;
  /** Random; the name of the witness files in its data directories ends with it. */
  readonly deployment: string;
  /** What nobody can create again, by the path of a secret or a data directory or by the name of a provision: which one it is. */
  readonly things: Things;
  readonly predecessors: Predecessors;
}

/** By the path of a secret, those in whose place it has come, the latest last. */
export type Predecessors = Readonly<Record<string, readonly Predecessor[]>>;

export type Things = Readonly<Record<string, string>>;

export interface ObservedIdentity {
  /** `undefined` where none is left, or none was written yet. */
  readonly recorded: IdentityRecord | undefined;
  /** The server that the copy of the record beside the data names. */
  readonly dataOf: string | undefined;
  /** Which ones are there now; absent for what is not there, and for what could not be looked at. */
  readonly seen: Things;
}

/** What is seen of a data directory without the witness file of its deployment. */
export const withoutWitness = 'without witness';

/** What is recorded of a secret that another one may replace, but that must not get lost. */
export const kept = 'kept';

/** The file by which a data directory is recognised. */
export function witnessFile({ deployment }: Pick<IdentityRecord, 'deployment'>): string {
  return `.matrix-deploy-${deployment}`;
}

/** How long a rotation may take until nothing uses the secret before any more. */
const rotationMilliseconds = 60 * 60 * 1000;

/** The record with a secret's place open for another one, and the one before among the predecessors. */
export function succeeded(record: IdentityRecord, path: string, now: Date): IdentityRecord {
  const { [path]: identity, ...things } = record.things;
  if (identity === undefined) return record;
  const before = record.predecessors[path] ?? [];
  const predecessor = { identity, until: now.getTime() + rotationMilliseconds };
  return { ...record, things, predecessors: { ...record.predecessors, [path]: [...before, predecessor] } };
}

/** The record with more time for rotations that are not finished: until they are, the secret before is in use. */
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

/** Is what is there a predecessor, whose place is open? A rotation that was cut off leaves it so. */
export function hasOpenPlace(path: string, { recorded, seen }: ObservedIdentity): boolean {
  if (recorded === undefined || path in recorded.things) return false;
  return (recorded.predecessors[path] ?? []).some(({ identity }) => identity === seen[path]);
}
