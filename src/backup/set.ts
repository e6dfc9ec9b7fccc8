import type { RandomBytes } from '../secrets/generate.ts';

/**
 * What is known of a set: `verified` was read back completely, `drilled` was restored in a drill, and `damaged` was
 * found to be damaged.
 */
export const setStates = ['unverified', 'verified', 'drilled', 'damaged'] as const;

export type SetState = (typeof setStates)[number];

/** The name of a set: its start in UTC, and four random digits, since two hosts may write to one target. */
export const setIdPattern = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** A new name, such as `20261128-194501-3fa9`. */
export function newSetId(now: Date, random: RandomBytes): string {
  const [, date = '', time = ''] = /^(.{10})T(.{8})/.exec(now.toISOString()) ?? [];
  const digits = Buffer.from(random(2)).toString('hex');
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${digits}`;
}

/** When a set was begun. */
export function momentOf(id: string): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})-/.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const setTag = 'set=';
const partTag = 'part=';

/** The tags of a snapshot in the repository: its set, and its part of the set. */
export function tagsOf(set: string, part: string): string[] {
  return [`${setTag}${set}`, `${partTag}${part}`];
}

/** The set and the part that a snapshot's tags name; `undefined` for a snapshot that another program has made. */
export function readTags(tags: readonly string[]): { set: string; part: string } | undefined {
  const set = tagged(tags, setTag);
  const part = tagged(tags, partTag);
  return set === undefined || part === undefined || !setIdPattern.test(set) ? undefined : { set, part };
}

function tagged(tags: readonly string[], prefix: string): string | undefined {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
}

/** The part that completes a set. It is written last, and without it a set does not exist. */
export const manifestPart = 'manifest';

/** The name of the manifest's file. */
export const manifestFile = 'manifest.json';
