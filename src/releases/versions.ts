/**
 * Compares two versions, or tags that begin with one, number by number; what one of them lacks counts as equal: `17` is
 * the same as `17.2`.
 *
 * @returns less than 0 where `one` is older, more than 0 where it is newer
 */
export function compareVersions(one: string, other: string): number {
  const others = numbersOf(other);
  const differences = numbersOf(one).map((number, index) => number - (others[index] ?? number));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** How many numbers a version has: 3 of `v1.163.2`. */
export function countNumbers(version: string): number {
  return numbersOf(version).length;
}

function numbersOf(version: string): number[] {
  const [, leading = ''] = /^v?(\d+(?:\.\d+)*)/.exec(version) ?? [];
  return leading.split('.').map(Number);
}

/**
 * The version that the tag of an image begins with: `1.163.2` of `matrixdotorg/synapse:v1.163.2@sha256:…`; `undefined`
 * where it begins with none, such as `latest`.
 */
export function versionIn(image: string): string | undefined {
  return /:v?(\d+(?:\.\d+)*)(?![\d.])[^/:@]*(?:@|$)/.exec(image)?.[1];
}
