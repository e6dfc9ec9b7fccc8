/** How far a repository has been read back: in as many parts as days, of which one is due a day. */
export interface Reading {
  readonly parts: number;
  /** The part whose turn is next, from 1. */
  readonly next: number;
  /** When the last one was read, in ISO 8601. */
  readonly at: string;
}

/** What is read back now: parts one after the other, or everything. */
export interface DueReading {
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
 * The parts that are due: as many as bring all of them in within the time, at the pace since the last reading. Where the
 * number of parts has changed, or nothing is known, it begins with the first.
 *
 * @param within milliseconds in which everything is to be read
 */
export function dueReading(before: Reading | undefined, within: number, now: Date): DueReading {
  const parts = Math.min(mostParts, Math.max(1, Math.floor(within / dayMilliseconds)));
  const known = before?.parts === parts ? before : undefined;
  const elapsed = known === undefined ? 0 : now.getTime() - Date.parse(known.at);
  const count = Math.max(1, Math.ceil((elapsed / within) * parts - late));
  const first = known?.next ?? 1;
  const at = now.toISOString();
  if (count >= parts) return { parts: 'all', after: { parts, next: first, at } };
  const turns = Array.from({ length: count }, (_, index) => ((first - 1 + index) % parts) + 1);
  return {
    parts: turns.map((turn) => `${turn}/${parts}` as const),
    after: { parts, next: ((first - 1 + count) % parts) + 1, at },
  };
}
