import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../components/service.ts';
import { isObject } from '../json-object.ts';
import { composeFile, layout } from '../layout.ts';
import { networkDefinitions } from '../render/compose.ts';
import { type RenderedFile, readsFile } from '../render/render.ts';
import { digestLabel } from '../stack/labels.ts';
import type { Stack } from '../stack/stack.ts';
import { bundlesThatDiffer, describeBundleChange } from './bundles.ts';
import { parseFound } from './found-yaml.ts';
import type { ObservedState } from './observed-state.ts';

const mostNamed = 3;

/**
 * Describes how a file differs from before: the settings that changed, for YAML; otherwise only that it changed.
 * Rendered files hold no secrets, so names and values may be shown.
 */
export function describeFileChange(path: string, before: string | undefined, after: string): string {
  if (before === undefined) {
    return 'not there yet';
  }
  return isYaml(path) ? listChanges(changedPaths(parseFound(before), parseFound(after))) : 'changed';
}

/** Why a service must be recreated: the files that it reads and the parts of its definition that changed. */
export function describeServiceChange(
  service: Service,
  observed: Pick<ObservedState, 'files' | 'bundles'>,
  after: readonly RenderedFile[],
): string {
  const before = observed.files;
  const files = after
    .filter(({ path, text }) => readsFile(service, path) && before[path] !== text)
    .map(({ path, text }) => `${path}: ${describeFileChange(path, before[path], text)}`);
  const was = definitionOf(service.name, before[composeFile]);
  const becomes = definitionOf(service.name, after.find(({ path }) => path === composeFile)?.text);
  const bundles = bundlesThatDiffer(was.bundles, becomes.bundles).map((name) =>
    describeBundleChange(name, observed),
  );
  const definition = changedPaths(was.definition, becomes.definition);
  const parts = definition.length === 0 ? [] : [listChanges(definition)];
  const causes = [...bundles, ...files, ...parts];
  return causes.length === 0 ? 'it runs an older configuration' : causes.join('; ');
}

/**
 * Whether the stack defines its networks differently from the present docker-compose.yml. If so, a difference in them
 * was not made by hand.
 */
export function redefinesNetworks(
  { edge }: Pick<Stack, 'edge'>,
  { files }: Pick<ObservedState, 'files'>,
): boolean {
  const before = parseFound(files[composeFile]);
  return isObject(before) && !isDeepStrictEqual(before.networks, networkDefinitions(edge));
}

/** Dotted paths of the leaves in which two values differ. */
export function changedPaths(before: unknown, after: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, after)) {
    return [];
  }
  if (!isObject(before) || !isObject(after)) {
    return [path];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}

/**
 * The definition of a service in a docker-compose.yml without its bundles, and the paths of the bundles that it
 * mounts.
 */
function definitionOf(
  service: string,
  compose: string | undefined,
): { definition: unknown; bundles: string[] } {
  const document = parseFound(compose);
  const definition =
    isObject(document) && isObject(document.services) ? document.services[service] : undefined;
  if (!isObject(definition)) {
    return { definition: {}, bundles: [] };
  }
  // The digest follows from everything else.
  const { labels, volumes: mounts, ...rest } = definition;
  const others = isObject(labels) ? Object.entries(labels).filter(([name]) => name !== digestLabel) : [];
  const bundles = listOf(mounts).flatMap(bundleOf);
  const volumes = listOf(mounts).filter((mount) => bundleOf(mount).length === 0);
  const named = others.length === 0 ? rest : { ...rest, labels: Object.fromEntries(others) };
  return { definition: { ...named, volumes }, bundles };
}

/** The path of the bundle that is mounted; empty for a mount of something else. */
function bundleOf(mount: unknown): string[] {
  const source = isObject(mount) ? String(mount.source).replace('./', '') : '';
  return source.startsWith(`${layout.bundles}/`) ? [source] : [];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function listChanges(paths: readonly string[]): string {
  // A digest changes with other files, and the plan lists the changes of those.
  const own = paths.filter((path) => !path.endsWith(digestLabel));
  if (own.length === 0) {
    return paths.length > 0 ? 'configuration files of a service changed' : 'only comments changed';
  }
  if (own.includes('')) {
    return 'all of it changed';
  }
  const named = own.slice(0, mostNamed).join(', ');
  return own.length > mostNamed ? `${named} and ${own.length - mostNamed} more changed` : `${named} changed`;
}

function isYaml(path: string): boolean {
  return path.endsWith('.yml') || path.endsWith('.yaml');
}
