import type { Succession } from '../service.ts';

type Version = readonly [number, number, number];

/**
 * Which Synapse a database starts with, by what has run on it, the latest first: from `ran` on it is marked as one that only
 * `oldest` and later understand (element-hq/synapse, synapse/storage/schema/__init__.py, SCHEMA_COMPAT_VERSION).
 */
const compatibility: readonly { readonly ran: Version; readonly oldest: Version }[] = [
  { ran: [1, 105, 1], oldest: [1, 100, 0] },
  { ran: [1, 98, 0], oldest: [1, 96, 0] },
  { ran: [1, 92, 0], oldest: [1, 90, 0] },
];

/**
 * What is to be said of an image of Synapse on the database of another: it refuses one that is too new, and otherwise goes
 * back without a word. `undefined` for the same or a later version, and where a tag does not say which it is.
 */
export function downgrade(image: string, before: string): Succession | undefined {
  const [wanted, ran] = [versionOf(image), versionOf(before)];
  if (wanted === undefined || ran === undefined || compare(wanted, ran) >= 0) {
    return undefined;
  }
  const [name, later] = [wanted.join('.'), ran.join('.')];
  const step = compatibility.find((each) => compare(ran, each.ran) >= 0);
  return step !== undefined && compare(wanted, step.oldest) < 0
    ? {
        verdict: 'refused',
        setting: 'synapse.image',
        text: `is Synapse ${name}, which does not start with the database that ${later} has left: ${step.oldest.join('.')} is the oldest that does`,
        remedy: `Set synapse.image to ${later} or newer. To go back further, restore a database from before.`,
      }
    : {
        verdict: 'warning',
        setting: 'synapse.image',
        text: `goes back from Synapse ${later} to ${name}: the database keeps what ${later} has made of it, and work on it that was not finished stays undone until ${later} or newer runs again`,
      };
}

/** `[1, 163, 2]` of `matrixdotorg/synapse:v1.163.2@sha256:…`. */
function versionOf(image: string): Version | undefined {
  const [, major, minor, patch = '0'] = /:v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])[^/:]*(?:@|$)/.exec(image) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function compare(one: Version, other: Version): number {
  return one.map((number, index) => number - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
