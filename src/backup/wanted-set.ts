import { BackupError } from '../errors.ts';
import { momentOf } from './set.ts';

/** The backup that the operator asks for: one by its name, or the newest. */
export interface WantedSet {
  /** Its name; the newest when absent. */
  readonly set: string | undefined;
  /** The set must not have begun later than this. Absent when it may have begun at any time. */
  readonly notAfter?: Date | undefined;
}

/** Whether a set was begun at a point in time, or before. @param point without it, every set counts */
export function isFromBefore(set: string, point: Date | undefined): boolean {
  return point === undefined || momentOf(set) <= point;
}

/**
 * The error for a point in time before all sets.
 *
 * @param oldest the first of the sets
 * @param others why there may be further sets: messages about targets that could not be read
 */
export function noneFromBefore(point: Date, oldest: string, others: readonly string[] = []): BackupError {
  return new BackupError(`there is no backup from before ${secondOf(point)}`, {
    code: 'backup.point',
    details: [`the oldest is ${oldest}, begun at ${secondOf(momentOf(oldest))}`, ...others],
    hint: 'Nothing was done. Name a later point, or take that one.',
  });
}

/** In UTC: `2026-11-28 04:15:00 UTC`. */
function secondOf(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
