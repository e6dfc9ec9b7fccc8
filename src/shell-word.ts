/** A text as a shell takes it for one word, whatever is in it; as it is where nothing in it means anything to a shell. */
export function quotedWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A path as a shell takes it for one word: for commands that people copy out of a message. */
export function shellWord(path: string): string {
  // A word that begins with a dash would be taken for an option.
  return quotedWord(path.startsWith('-') ? `./${path}` : path);
}
