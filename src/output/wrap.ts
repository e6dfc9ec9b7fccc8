/** The longest line of prose, in characters, also on a wider terminal. */
export const terminalWidth = 80;

/** Breaks a paragraph between words into lines of at most so many characters. A longer word has a line of its own. */
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

/** Breaks a line that is too long between words into several with the same indentation. */
export function wrapIndented(line: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  return wrapWords(line.trimStart(), columns - indent.length).map((part) => `${indent}${part}`);
}
