import { closestMatch } from 'leven';

/**
 * The candidate that somebody who wrote `word` most probably meant: at most a third of its letters, and never more
 * than three, are wrong, missing or too many. Undefined where none is so near: a far-fetched guess misleads.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  const maxDistance = Math.min(3, Math.ceil(word.length / 3));
  return closestMatch(word, [...candidates], { maxDistance });
}
