import { closestMatch } from 'leven';

/**
 * The candidate that is closest to `word`. At most a third of the letters of `word`, and never more than three, may
 * be wrong, missing or extra. `undefined` when no candidate is that close: a far-fetched guess misleads.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  const maxDistance = Math.min(3, Math.ceil(word.length / 3));
  return closestMatch(word, [...candidates], { maxDistance });
}
