import { findSet, newestSet } from '../releases/lookup.ts';
import { type ImagePart, imageParts } from '../releases/parts.ts';
import type { ReleaseDocument, ReleaseSet } from '../releases/release-document.ts';
import { compareVersions, versionIn } from '../releases/versions.ts';
import { nameOf } from './version-changes.ts';

/** Images by part. Absent for a part that the deployment does not have. */
export type Images = { readonly [Name in ImagePart]?: string };

/** The images that a configuration has, defaults filled in. */
export function chosenImages(
  config: { readonly [Name in ImagePart]?: { readonly image: string } | undefined },
): Images {
  return Object.fromEntries(
    imageParts.flatMap((part) => (config[part] === undefined ? [] : [[part, config[part].image]])),
  );
}

/** The versions that the operator has asked for. If nothing is named, those of the newest tested set. */
export interface VersionWish {
  /** Name of a tested set. */
  readonly to?: string | undefined;
  /** By part, a version as a tag has it, or an image with its tag. */
  readonly versions: { readonly [Name in ImagePart]?: string | undefined };
}

/** The images to run, and the images that a set leaves as they are. */
export interface WantedImages {
  readonly images: Images;
  readonly left: readonly { readonly part: ImagePart; readonly image: string; readonly reason: string }[];
  /** Name of the set that the other images are from. Absent when single versions were asked for. */
  readonly set?: string;
}

/** Why a wish cannot be fulfilled, such as an unknown set or an invalid version. */
export interface WishFault {
  readonly fault: string;
  readonly hint: string;
}

const version = /^v?\d+(?:\.\d+)*(?:[-.][\w.-]+)?$/;

/**
 * The images that fulfil a wish. A set leaves an image alone whose name is not that of the tested one: it is a mirror
 * or a custom build, and nobody knows which of its tags was tested. A set never leads to an older version.
 *
 * @param current the images that matrix.yaml has now, defaults filled in
 */
export function wantedImages(
  document: ReleaseDocument,
  current: Images,
  { to, versions }: VersionWish,
): WantedImages | WishFault {
  const isNamed = to === undefined && imageParts.some((part) => versions[part] !== undefined);
  const set = to === undefined ? newestSet(document) : findSet(document, to);
  if (set === undefined) {
    const names = document.sets.map(({ name }) => name).join(', ');
    return { fault: `there is no tested set ${to}`, hint: `There are: ${names}.` };
  }
  const found = imageParts.flatMap((part): (ChosenImage | WishFault)[] => {
    const wish = versions[part];
    const image = current[part];
    if (image === undefined) return wish === undefined ? [] : [absent(part)];
    if (wish !== undefined) return [wished(part, image, wish)];
    return [isNamed ? { part, image } : ofSet(set, part, image)];
  });
  const fault = found.find((one) => 'fault' in one);
  if (fault !== undefined && 'fault' in fault) return fault;
  const chosen = found.filter((one) => 'image' in one);
  return {
    images: Object.fromEntries(chosen.map(({ part, image }) => [part, image])),
    left: chosen.flatMap((one) => (one.reason === undefined ? [] : [{ ...one, reason: one.reason }])),
    ...(isNamed ? {} : { set: set.name }),
  };
}

interface ChosenImage {
  readonly part: ImagePart;
  readonly image: string;
  /** Why a set leaves the image as it is. Absent otherwise. */
  readonly reason?: string;
}

function absent(part: ImagePart): WishFault {
  return {
    fault: `${part} is not part of this deployment`,
    hint: `matrix.yaml has no section ${part}.`,
  };
}

function wished(part: ImagePart, current: string, wish: string): ChosenImage | WishFault {
  const image = imageFor(current, part, wish);
  return image === undefined
    ? {
        fault: `${wish} is no version of ${part}`,
        hint: `Give a version, such as --${part} ${versionIn(current) ?? '1.2.3'}, or an image with its tag.`,
      }
    : { part, image };
}

function ofSet(set: ReleaseSet, part: ImagePart, current: string): ChosenImage {
  const tested = imageOf(set, part);
  const reason = current === tested ? undefined : whyLeft(part, current, tested);
  return reason === undefined ? { part, image: tested } : { part, image: current, reason };
}

function imageOf({ images }: ReleaseSet, part: ImagePart): string {
  return `${images[part].image}:${images[part].tag}`;
}

/** Why a set does not replace an image; `undefined` for one that it does. */
function whyLeft(part: ImagePart, image: string, tested: string): string | undefined {
  if (nameOf(image) !== nameOf(tested)) {
    return `it is not the image that was tested: --${part} with a version changes it`;
  }
  const [own, newest] = [versionIn(image), versionIn(tested) ?? ''];
  if (own === undefined) return 'its tag does not say which version it is';
  if (part === 'postgres' && major(own) !== major(newest)) {
    return `another major release is a step of its own: --postgres ${major(newest)}`;
  }
  return compareVersions(own, newest) > 0 ? `it is newer than ${newest}, which was tested` : undefined;
}

function major(of: string): string | undefined {
  return of.split('.')[0];
}

/**
 * The image for a wish; `undefined` when the wish is no version. Tags begin with a `v`, except those of PostgreSQL. A
 * mirror is expected to keep the tags.
 */
function imageFor(current: string, part: ImagePart, wish: string): string | undefined {
  if (wish.includes(':')) return wish;
  if (!version.test(wish)) return undefined;
  const bare = wish.replace(/^v/, '');
  return `${nameOf(current)}:${part === 'postgres' ? `${bare}${variantOf(bare, current)}` : `v${bare}`}`;
}

/**
 * The variant in the current tag, such as `-alpine`, which the new tag keeps; empty when the wish names one itself.
 */
function variantOf(wish: string, current: string): string {
  return wish.includes('-') ? '' : (/:v?[\d.]+(-[a-z][\w.-]*)$/.exec(current)?.[1] ?? '');
}
