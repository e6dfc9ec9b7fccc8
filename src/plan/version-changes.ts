import { versionIn } from '../releases/versions.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';
import { imageBefore } from './other-release.ts';

/** A service whose image changes. Both images are named by their tags, without digests. */
export interface VersionChange {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

/** The services whose image changes; none as long as the deployment has never served. */
export function versionChanges(
  { services }: Pick<Stack, 'services'>,
  observed: Pick<ObservedState, 'files' | 'isInstalled'>,
): VersionChange[] {
  if (!observed.isInstalled) return [];
  return services.flatMap(({ name, image }) => {
    const before = imageBefore(name, observed);
    const [from, to] = [before && withoutDigest(before), withoutDigest(image)];
    return from === undefined || from === to ? [] : [{ service: name, from, to }];
  });
}

/** The same changes in the other direction. */
export function reversed(changes: readonly VersionChange[]): VersionChange[] {
  return changes.map(({ service, from, to }) => ({ service, from: to, to: from }));
}

export function withoutDigest(image: string): string {
  return image.replace(/@.*$/, '');
}

/**
 * `synapse 1.157.2 -> 1.163.2`; with the whole references if a version is not known, or if the name of the image
 * changes.
 */
export function describeChange({ service, from, to }: VersionChange): string {
  const [before, after] = [versionIn(from), versionIn(to)];
  const isSameName = nameOf(from) === nameOf(to);
  return isSameName && before !== undefined && after !== undefined
    ? `${service} ${before} -> ${after}`
    : `${service} ${from} -> ${to}`;
}

/** An image without its tag. */
export function nameOf(image: string): string {
  return image.replace(/:[^/:]*$/, '');
}
