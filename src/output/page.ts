import type { Output } from '../context.ts';
import { printableLine } from '../printable.ts';

/** Lines on a terminal that can be replaced, as long as nothing else is written below them. */
export interface Page {
  show(lines: readonly string[]): void;
}

/** Opens an empty page at the cursor, which must be at the beginning of a line. */
export function openPage(terminal: Output): Page {
  let rows = 0;
  return {
    show(lines) {
      const erased = rows === 0 ? '' : `\u001b[${rows}A\u001b[J`;
      const shown = lines.map((line) => printableLine(line, true));
      terminal.write(`${erased}${shown.map((line) => `${line}\n`).join('')}`);
      rows = shown.reduce((sum, line) => sum + rowsOf(line, terminal.columns ?? 80), 0);
    },
  };
}

function rowsOf(line: string, columns: number): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room.
  return Math.max(1, Math.ceil(line.replaceAll(/\u001b\[\d+m/g, '').length / columns));
}
