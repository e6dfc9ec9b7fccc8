import { composeFile, modes, secretPath } from '../layout.ts';
import { fingerprintKey } from '../secrets/fingerprint.ts';
import type { Bundle, BundleSources } from './bundle.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';

const mostNamed = 3;

type Observed = Pick<ObservedState, 'bundles' | 'files'>;

/** Creates the fingerprint key if it is rotated, or if there are bundles and no key yet. */
export function missingKey({
  bundles,
  rotating,
}: Pick<ObservedState, 'bundles' | 'rotating'>): OperationDraft[] {
  const draft = {
    kind: 'create-secret',
    resource: secretPath(fingerprintKey.name),
    secret: fingerprintKey,
    access: { mode: modes.ownSecret },
  } as const;
  if (rotating.has(fingerprintKey.name)) return [{ ...draft, cause: 'rotated', change: 'update' }];
  return bundles.wanted.length === 0 || bundles.hasKey ? [] : [{ ...draft, cause: 'not there yet' }];
}

/** Writes the wanted bundles that are missing or were changed by hand. */
export function changedBundles(observed: Observed): OperationDraft[] {
  return observed.bundles.wanted.flatMap((bundle): OperationDraft[] => {
    const isIntact = observed.bundles.existing.get(bundle.path);
    if (isIntact === true) return [];
    const before = pathBefore(bundle.name, observed);
    const draft = { kind: 'write-bundle', resource: bundle.path, bundle } as const;
    const cause = describeBundleChange(bundle.name, observed);
    if (isIntact === false) return [{ ...draft, change: 'overwrite', cause: 'changed by hand' }];
    return [{ ...draft, change: before === undefined ? 'create' : 'update', cause }];
  });
}

/**
 * Removes bundles that no service reads any more. They go last: a rollback needs them until the new ones are known to
 * work.
 */
export function surplusBundles({ bundles }: Observed): OperationDraft[] {
  const wanted = bundles.wanted.map(({ path }) => path);
  return [...bundles.existing.keys()]
    .filter((path) => !wanted.includes(path))
    .map((path) => ({ kind: 'remove-bundle', resource: path, cause: 'nothing reads it any more', path }));
}

/** Paths of the wanted bundles that were changed by hand. The services that mount them may have read the change. */
export function brokenBundles({ bundles }: Pick<ObservedState, 'bundles'>): string[] {
  return bundles.wanted.map(({ path }) => path).filter((path) => bundles.existing.get(path) === false);
}

/** Why a bundle differs from the one that is in use: the secrets, settings and files that changed, by name. */
export function describeBundleChange(name: string, observed: Observed): string {
  const wanted = observed.bundles.wanted.find((bundle) => bundle.name === name);
  const before = pathBefore(name, observed);
  const differences = compareSources(
    before === undefined ? {} : (observed.bundles.sources[before] ?? {}),
    wanted?.sources ?? {},
  );
  if (differences.length === 0) return `what is in ${name} changed`;
  const named = differences.slice(0, mostNamed).join(', ');
  return differences.length > mostNamed
    ? `${named} and ${differences.length - mostNamed} more changes`
    : named;
}

/**
 * Names of the bundles that differ between two lists of paths: those that a service reads now, and those that it will
 * read.
 */
export function bundlesThatDiffer(before: readonly string[], after: readonly string[]): string[] {
  const changed = [...before, ...after].filter((path) => !(before.includes(path) && after.includes(path)));
  return [...new Set(changed.map(nameOf))];
}

function compareSources(before: BundleSources, after: BundleSources): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((source) => {
    if (before[source] === after[source]) return [];
    if (before[source] === undefined) return [`${source} is new`];
    return [after[source] === undefined ? `${source} is gone` : `${source} changed`];
  });
}

/** The bundle of this name that docker-compose.yml mounts. */
function pathBefore(name: string, { bundles, files }: Observed): string | undefined {
  const compose = files[composeFile] ?? '';
  return [...bundles.existing.keys(), ...Object.keys(bundles.sources)].find(
    (path) => nameOf(path) === name && compose.includes(path),
  );
}

function nameOf(path: Bundle['path']): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/-[^-]*$/, '');
}
