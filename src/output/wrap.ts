/** How many characters a line of prose has at most, however wide the terminal is. */
export const terminalWidth = 80;

/** A paragraph as lines of at most so many characters, broken between words; a longer word has a line of its own. */
export function wrapWords(paragraph: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= columns) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
