import { isBelow, isDenied, newestSet } from './lookup.ts';
import type { ReleaseName } from './parts.ts';
import type { ReleaseDocument } from './release-document.ts';
import { compareVersions } from './versions.ts';

/** A tag that is newer than the one that runs. */
export interface NewerTag {
  readonly tag: string;
  /** The newest set that it was tested in; `null` for a version that was not. */
  readonly testedIn: string | null;
  /** Why it is never upgraded to; `null` when it is not denied. */
  readonly denied: string | null;
}

/**
 * The tags of versions newer than the one that runs, the newest first. Only tags of the same form count: none of a
 * pre-release, or of another variant of the image. Empty when the tag has no version.
 *
 * @param tag of the image that runs, such as `v1.163.2` or `17-bookworm`
 * @param tags all that the registry has
 */
export function newerTags(
  document: Pick<ReleaseDocument, 'sets' | 'denied'>,
  part: ReleaseName,
  tag: string,
  tags: readonly string[],
): NewerTag[] {
  const form = formOf(tag);
  return form === undefined
    ? []
    : tags
        .filter((other) => formOf(other) === form && compareVersions(other, tag) > 0)
        .sort((one, other) => compareVersions(other, one))
        .map((other) => ({
          tag: other,
          testedIn: document.sets.findLast(({ images }) => isSame(images[part].tag, other))?.name ?? null,
          denied: isDenied(document, part, other)?.reason ?? null,
        }));
}

/**
 * Why an image must not run: its version is below the floor, or denied. `undefined` for an image that may run, and
 * for one with another name than the tested images, since nothing is known about it.
 *
 * @param reference with its tag, and maybe its digest
 */
export function unfitImage(
  document: Pick<ReleaseDocument, 'sets' | 'floors' | 'denied'>,
  reference: string,
): string | undefined {
  const { images } = newestSet(document);
  const [name = ''] = reference.split('@');
  const part = (Object.keys(images) as ReleaseName[]).find((one) => name.startsWith(`${images[one].image}:`));
  const tag = part && name.slice(images[part].image.length + 1);
  if (part === undefined || tag === undefined || formOf(tag) === undefined) return undefined;
  const { version, reason } = document.floors[part];
  return isBelow(document, part, tag)
    ? `${version} is the oldest version to run. ${reason}`
    : isDenied(document, part, tag)?.reason;
}

/**
 * Whether the tag of a set and another tag name the same version, with or without a `v`. `17` and `17.2` are not the
 * same.
 */
function isSame(tested: string, tag: string): boolean {
  return tested.replace(/^v/, '') === tag.replace(/^v/, '');
}

/**
 * The part that tags have in common if they differ in the version only: `v#.#.#`, `#-bookworm`. `undefined` for a tag
 * without a version.
 */
function formOf(tag: string): string | undefined {
  const [, prefix, numbers, rest] = /^(v?)(\d+(?:\.\d+)*)(?![\d.])(.*)$/.exec(tag) ?? [];
  return numbers === undefined ? undefined : `${prefix}${numbers.replace(/\d+/g, '#')}${rest}`;
}
