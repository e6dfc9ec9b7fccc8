/**
 * What is known about versions, as data. The tested set is what this version of matrix-deploy was proved with;
 * the floor is the oldest version that we run for somebody who asks for it.
 *
 * Synapse's floor is a security release (element-hq/ess-helm, changelog of 26.7.2). Traefik's is the first in
 * which HTTP/3 honours read timeouts (GHSA-7ghq-v6jf-g56c); 3.6.4 to 3.6.6 also break room aliases. Restic is no
 * service: it writes and reads backups, and its exit codes and JSON output are those of the tested release.
 */
export const releases = {
  synapse: { image: 'matrixdotorg/synapse', tag: 'v1.163.2', floor: 'v1.157.2' },
  postgres: { image: 'postgres', tag: '17', floor: '15' },
  traefik: { image: 'traefik', tag: 'v3.7.15', floor: 'v3.7.13' },
  restic: { image: 'restic/restic', tag: '0.19.1', floor: '0.19.0' },
} as const;

export type ReleaseName = keyof typeof releases;

/** The tested image of a part of the stack, such as `postgres:17`. */
export function testedImage(name: ReleaseName): string {
  const { image, tag } = releases[name];
  return `${image}:${tag}`;
}

/** Every image of the tested set. */
export function testedImages(): string[] {
  return (Object.keys(releases) as ReleaseName[]).map(testedImage);
}

/** Is this the upstream image in a version that we do not run? Of images of other names we know nothing. */
export function isBelowFloor(name: ReleaseName, image: string): boolean {
  const { image: upstream, floor } = releases[name];
  const tag = image.slice(upstream.length + 1);
  return image === `${upstream}:${tag}` && /^v?\d/.test(tag) && compareVersions(tag, floor) < 0;
}

/** Compares the numbers of two versions from the left; what one of them lacks counts as equal. */
function compareVersions(one: string, other: string): number {
  const numbers = (version: string) => [...version.matchAll(/\d+/g)].map(Number);
  const others = numbers(other);
  const differences = numbers(one).map((number, index) => number - (others[index] ?? number));
  return differences.find((difference) => difference !== 0) ?? 0;
}
