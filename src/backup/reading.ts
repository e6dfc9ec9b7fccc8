/**
 * When each part of a repository was last read back, in ISO 8601; `null` if it never was. The number of parts is
 * the number of days in which all of them are to be read, and at most `mostParts`.
 */
export type Reading = readonly (string | null)[];

/** The parts to read back now: some, one after the other, or all at once. */
interface DueReading {
  readonly parts: readonly `${number}/${number}`[] | 'all';
  /** The record to keep after this reading. */
  readonly after: Reading;
}

/** Tolerance in parts: a backup that begins some minutes later than on the day before reads no additional part. */
const late = 0.1;

const dayMilliseconds = 86_400_000;

/** The largest number of parts in restic, which assigns each stored file to a part by the first byte of its name. */
const mostParts = 256;

/**
 * The parts that are due, the one that was read longest ago first. Their number is in proportion to the time since
 * the last reading, so that all parts are read within `within`. A `before` with another number of parts is ignored.
 *
 * @param within milliseconds in which all parts are to be read
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

/** The record after all parts were read. @param within as for `dueReading` */
export function wholeReading(within: number, now: Date): Reading {
  const parts = Math.min(mostParts, Math.max(1, Math.floor(within / dayMilliseconds)));
  return Array.from({ length: parts }, () => now.toISOString());
}

/** How many parts were read within the last `within` milliseconds, and how many parts there are. */
export function readWithin(
  reading: Reading | undefined,
  within: number,
  now: Date,
): { read: number; parts: number } {
  const known = reading ?? wholeReading(within, now).map(() => null);
  const isFresh = (at: string | null) => at !== null && now.getTime() - Date.parse(at) <= within;
  return { read: known.filter(isFresh).length, parts: known.length };
}
