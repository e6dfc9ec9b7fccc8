/** A path as a shell takes it for one word: for commands that people copy out of a message. */
export function shellWord(path: string): string {
  // A word that begins with a dash would be taken for an option.
  const word = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
