import type { RandomBytes } from '../secrets/generate.ts';

/** What is known of a set: `verified` and `drilled` are proofs, `damaged` is one of the contrary. */
export const setStates = ['unverified', 'verified', 'drilled', 'damaged'] as const;

export type SetState = (typeof setStates)[number];

/** The name of a set: the moment in UTC, and four digits, since two hosts may write to one target. */
export const setIdPattern = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** `20261128-194501-3fa9`. */
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

/** The tags of a snapshot in the repository: which set it belongs to, and as what. */
export function tagsOf(set: string, part: string): string[] {
  return [`${setTag}${set}`, `${partTag}${part}`];
}

/** The set and the part that a snapshot's tags name; `undefined` where somebody else has made it. */
export function readTags(tags: readonly string[]): { set: string; part: string } | undefined {
  const set = tagged(tags, setTag);
  const part = tagged(tags, partTag);
  return set === undefined || part === undefined || !setIdPattern.test(set) ? undefined : { set, part };
}

function tagged(tags: readonly string[], prefix: string): string | undefined {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
}

/** The part that makes a set one: it is written last. */
export const manifestPart = 'manifest';

/** The name of its file. */
export const manifestFile = 'manifest.json';
