import { momentOf, type SetState } from './set.ts';

/** For how many of the newest days, weeks and months one set each is kept. */
export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export interface KeptSet {
  readonly id: string;
  readonly state: SetState;
}

/**
 * The sets to remove, oldest first. For each day, week (from Monday) and month in UTC that `keep` counts, the newest
 * set stays; damaged sets are not considered. In addition, the newest verified set stays, and so do all newer and all
 * pinned sets: only a verified set can replace others. Without a verified set, all sets stay.
 */
export function setsToForget(
  sets: readonly KeptSet[],
  keep: Keep,
  pinned: ReadonlySet<string> = new Set(),
): string[] {
  const newestFirst = [...sets].sort((a, b) => (a.id < b.id ? 1 : -1));
  const good = newestFirst.filter(({ state }) => state !== 'damaged');
  const verified = newestFirst.findIndex(isVerified);
  if (verified === -1) return [];
  const kept = new Set([
    ...pinned,
    ...newestFirst.slice(0, verified + 1).map(({ id }) => id),
    ...newestOfEach(good, keep.daily, dayOf),
    ...newestOfEach(good, keep.weekly, weekOf),
    ...newestOfEach(good, keep.monthly, monthOf),
  ]);
  return newestFirst.flatMap(({ id }) => (kept.has(id) ? [] : [id])).reverse();
}

/** Whether a set was read back completely, or restored in a drill. */
export function isVerified({ state }: Pick<KeptSet, 'state'>): boolean {
  return state === 'verified' || state === 'drilled';
}

function newestOfEach(
  newestFirst: readonly KeptSet[],
  count: number,
  periodOf: (moment: Date) => string,
): string[] {
  const newest = new Map<string, string>();
  for (const { id } of newestFirst) {
    const period = periodOf(momentOf(id));
    if (!newest.has(period)) newest.set(period, id);
  }
  return [...newest.values()].slice(0, count);
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function weekOf(moment: Date): string {
  const sinceMonday = (moment.getUTCDay() + 6) % 7;
  return dayOf(new Date(moment.getTime() - sinceMonday * 86_400_000));
}

function monthOf(moment: Date): string {
  return moment.toISOString().slice(0, 7);
}
