import { isBelow, newestSet } from './lookup.ts';
import type { ReleaseDocument, ReleaseName } from './release-document.ts';
import document from './releases.json' with { type: 'json' };

export type { ReleaseName } from './release-document.ts';

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
export const releases = {
  synapse: release('synapse'),
  postgres: release('postgres'),
  traefik: release('traefik'),
  element: release('element'),
  heisenbridge: release('heisenbridge'),
  restic: release('restic'),
};

/** The tested image of a part of the stack, such as `postgres:17`. */
export function testedImage(name: ReleaseName): string {
  const { image, tag } = releases[name];
  return `${image}:${tag}`;
}

/** Every image of the tested set. */
export function testedImages(): string[] {
  return (Object.keys(releases) as ReleaseName[]).map(testedImage);
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
