import { BackupError } from '../errors.ts';
import { momentOf } from './set.ts';

/** Which backup is wanted: one by its name, or the newest. */
export interface WantedSet {
  /** Its name; the newest when absent. */
  readonly set: string | undefined;
  /** The newest that was begun by then; at any time when absent. */
  readonly notAfter?: Date | undefined;
}

/** Was a set begun at that point, or before? @param point any time when absent */
export function isFromBefore(set: string, point: Date | undefined): boolean {
  return point === undefined || momentOf(set) <= point;
}

/**
 * What is wrong where all sets were begun later.
 *
 * @param oldest the first of them
 * @param others why there may be more than is known of
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
