import { isBelow, newestSet } from './lookup.ts';
import { type ReleaseName, releaseNames } from './parts.ts';
import type { ReleaseDocument } from './release-document.ts';
import document from './releases.json' with { type: 'json' };

/**
 * The release document that is built into this version of matrix-deploy. A test validates it by its schema; here it
 * is trusted.
 */
export const builtIn = document as ReleaseDocument;

const { images } = newestSet(builtIn);
const release = (name: ReleaseName) => ({
  image: images[name].image,
  tag: images[name].tag,
  floor: builtIn.floors[name].version,
});

/** By part, what this version of matrix-deploy was tested with, and the oldest version that it runs. */
export const releases = Object.fromEntries(releaseNames.map((name) => [name, release(name)])) as Record<
  ReleaseName,
  ReturnType<typeof release>
>;

/** The tested image of a part of the stack, such as `postgres:17`. */
export function testedImage(name: ReleaseName): string {
  const { image, tag } = releases[name];
  return `${image}:${tag}`;
}

/** Every image of the tested set. */
export function testedImages(): string[] {
  return releaseNames.map(testedImage);
}

/**
 * Whether this is the upstream image in a version older than the oldest that is run. `false` for images of other
 * names, about which nothing is known.
 */
export function isBelowFloor(name: ReleaseName, image: string): boolean {
  const upstream = releases[name].image;
  const tag = image.slice(upstream.length + 1);
  return image === `${upstream}:${tag}` && /^v?\d/.test(tag) && isBelow(builtIn, name, tag);
}
