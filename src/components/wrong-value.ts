/** What is wrong with a value of the wrong type, as in "must be a map, not null". */
export function wrongType(expected: string, value: unknown): string {
  // Text in place of a map or a list may be one that is written wrongly and contains a secret: it is not quoted.
  const isStructure = expected === 'a map' || expected === 'a list';
  return `must be ${expected}, not ${isStructure && typeof value === 'string' ? 'text' : shown(value)}`;
}

/** A value as errors quote it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  if (typeof value === 'object' && value !== null) {
    return 'a map';
  }
  return typeof value === 'string' ? JSON.stringify(abridged(value)) : String(value);
}

/** Shortens a text of an operator for an error message, to `most` characters at most. */
export function abridged(text: string, most = 60): string {
  const characters = [...text.slice(0, 2 * most)];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
