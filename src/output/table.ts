import type { Style } from './style.ts';

/** The properties of the output that a table is written for. */
export interface Table {
  readonly now: Date;
  readonly style: Style;
  /** Width of the terminal. `undefined` when it is not a terminal: then no line is cut. */
  readonly columns: number | undefined;
}

/** The lines of a table, its header first. Without a width, no line is cut, as in text that is to be copied. */
export function withHeader(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { style, columns }: Pick<Table, 'style'> & Partial<Pick<Table, 'columns'>>,
): string[] {
  const [first = '', ...lines] = alignColumns([header, ...rows], columns);
  return [style.dim(first), ...lines];
}

/** The smallest width to which a column is cut: a narrower one would tell nothing. */
const narrowest = 10;

/**
 * Rows as aligned columns, two spaces apart. The last column is not padded.
 *
 * @param width of the terminal, in characters: the widest columns are cut when rows would be longer.
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const natural = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const widths = fittingWidths(natural, width - 2 * (natural.length - 1));
  return rows.map((row) =>
    row
      .map((cell, column) => cutTo(cell, widths[column] ?? 0))
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function fittingWidths(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  const isTooWide = () => widths.reduce((sum, one) => sum + one, 0) > room;
  for (let widest = Math.max(...widths); isTooWide() && widest > narrowest; widest = Math.max(...widths)) {
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function cutTo(cell: string, width: number): string {
  return cell.length <= width ? cell : `${cell.slice(0, width - 1)}…`;
}
