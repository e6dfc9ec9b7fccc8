import { versionIn } from '../releases/versions.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';
import { imageBefore } from './other-release.ts';

/** A service that is to run another image than the one that has served. Both are named by their tags, without digests. */
export interface VersionChange {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

/** The services whose image is another one than before; none as long as nothing has served. */
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

/** What going back from changes comes to. */
export function reversed(changes: readonly VersionChange[]): VersionChange[] {
  return changes.map(({ service, from, to }) => ({ service, from: to, to: from }));
}

export function withoutDigest(image: string): string {
  return image.replace(/@.*$/, '');
}

/** `synapse 1.157.2 -> 1.163.2`; the whole name of an image of which the version is not known, or which comes from elsewhere. */
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
