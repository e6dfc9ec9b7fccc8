import type { ReleaseName } from './parts.ts';
import type { Denied, ReleaseDocument, ReleaseSet, SchemaFact, UpgradeGate } from './release-document.ts';
import { compareVersions, countNumbers } from './versions.ts';

/** The set with this name. */
export function findSet({ sets }: Pick<ReleaseDocument, 'sets'>, name: string): ReleaseSet | undefined {
  return sets.find((set) => set.name === name);
}

/** The newest set. */
export function newestSet({ sets }: Pick<ReleaseDocument, 'sets'>): ReleaseSet {
  const newest = sets.at(-1);
  if (newest === undefined) throw new Error('a release document without a set');
  return newest;
}

/**
 * The gates that an upgrade of a part passes, in the order of their versions; none if the version does not rise.
 *
 * @param from the version that runs; its own gates were passed when it was installed
 * @param to the version that is wanted; its gates are among them
 */
export function gatesBetween(
  { gates }: Pick<ReleaseDocument, 'gates'>,
  part: ReleaseName,
  from: string,
  to: string,
): UpgradeGate[] {
  return gates
    .filter((gate) => gate.part === part)
    .filter(({ version }) => compareVersions(version, from) > 0 && compareVersions(version, to) <= 0)
    .filter(({ until }) => until === undefined || compareVersions(to, until) <= 0)
    .sort((one, other) => compareVersions(one.version, other.version));
}

/**
 * The denied range that a version is in; `undefined` when it is in none. A version with fewer numbers than a range,
 * such as `3` for `3.6.4`, is in none: it stands for the newest of many.
 */
export function isDenied(
  { denied }: Pick<ReleaseDocument, 'denied'>,
  part: ReleaseName,
  version: string,
): Denied | undefined {
  return denied.find(
    (range) =>
      range.part === part &&
      countNumbers(version) >= countNumbers(range.from) &&
      compareVersions(version, range.from) >= 0 &&
      compareVersions(version, range.to) <= 0,
  );
}

/** Whether a version is older than the oldest one that is run. */
export function isBelow(
  { floors }: Pick<ReleaseDocument, 'floors'>,
  part: ReleaseName,
  version: string,
): boolean {
  return compareVersions(version, floors[part].version) < 0;
}

/** The schema facts of a version of Synapse; `undefined` for a version that is older than all that are known. */
export function schemaOf(
  { synapse }: Pick<ReleaseDocument, 'synapse'>,
  version: string,
): SchemaFact | undefined {
  return synapse.schema.findLast(({ from }) => compareVersions(version, from) >= 0);
}

/**
 * The oldest Synapse that starts with a database on which `version` has run; `undefined` when `version` or the result
 * is older than all that are known.
 */
export function oldestAfter(document: Pick<ReleaseDocument, 'synapse'>, version: string): string | undefined {
  const left = schemaOf(document, version);
  const [first] = document.synapse.schema;
  return left === undefined || first === undefined || left.compat < first.schema
    ? undefined
    : document.synapse.schema.find(({ schema }) => schema >= left.compat)?.from;
}
