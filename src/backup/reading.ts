/**
 * When each part of a repository was last read back, in ISO 8601, or `null`: as many parts as days in which all of them are to be
 * read.
 */
export type Reading = readonly (string | null)[];

/** What is read back now: parts one after the other, or everything. */
interface DueReading {
  readonly parts: readonly `${number}/${number}`[] | 'all';
  /** What is known of it afterwards. */
  readonly after: Reading;
}

/** A backup that begins some minutes later than the day before is not behind, in parts. */
const late = 0.1;

const dayMilliseconds = 86_400_000;

/** As many parts as restic makes at most: it sorts what it has stored by the first byte of its name. */
const mostParts = 256;

/**
 * The parts that are due, those first that were read longest ago: as many as bring all of them in within the time, at the pace
 * since the last reading. Where the number of parts has changed, nothing is known.
 *
 * @param within milliseconds in which everything is to be read
 */
export function dueReading(before: Reading | undefined, within: number, now: Date): DueReading {
  const whole = wholeReading(within, now);
  const parts = whole.length;
  const known = before?.length === parts ? before : whole.map(() => null);
  const moments = known.map((at) => (at === null ? 0 : Date.parse(at)));
  const last = Math.max(...moments);
  const elapsed = last === 0 ? 0 : now.getTime() - last;
  const count = Math.max(1, Math.ceil((elapsed / within) * parts - late));
  if (count >= parts) return { parts: 'all', after: whole };
  const turns = [...moments.keys()].sort((a, b) => (moments[a] ?? 0) - (moments[b] ?? 0) || a - b);
  const due = turns.slice(0, count);
  return {
    parts: due.map((index) => `${index + 1}/${parts}` as const),
    after: known.map((at, index) => (due.includes(index) ? now.toISOString() : at)),
  };
}

/** What is known after everything was read. @param within as for `dueReading` */
export function wholeReading(within: number, now: Date): Reading {
  const parts = Math.min(mostParts, Math.max(1, Math.floor(within / dayMilliseconds)));
  return Array.from({ length: parts }, () => now.toISOString());
}

/** How many parts of how many were read within the last so many milliseconds. */
export function readWithin(
  reading: Reading | undefined,
  within: number,
  now: Date,
): { read: number; parts: number } {
  const known = reading ?? wholeReading(within, now).map(() => null);
  const isFresh = (at: string | null) => at !== null && now.getTime() - Date.parse(at) <= within;
  return { read: known.filter(isFresh).length, parts: known.length };
}
