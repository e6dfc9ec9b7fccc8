import { InvalidArgumentError } from 'commander';

/** A number of minutes, at most a day. */
export function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 24 * 60)) {
    throw new InvalidArgumentError('It must be a number of minutes, at most 1440 (a day).');
  }
  return minutes;
}
