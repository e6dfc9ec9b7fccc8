/** Quotes a text so that a shell reads it as one word. A text without special characters stays unquoted. */
export function quotedWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes a path so that a shell reads it as one word: for commands that people copy from a message. */
export function shellWord(path: string): string {
  // A program would take a word that begins with a dash for an option.
  return quotedWord(path.startsWith('-') ? `./${path}` : path);
}
