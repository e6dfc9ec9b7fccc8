import type { Style } from './style.ts';

/** What a table is written for. */
export interface Table {
  readonly now: Date;
  readonly style: Style;
  /** Width of the terminal; lines stay whole where there is none. */
  readonly columns: number | undefined;
}

/** A table's lines, its header first; whole where no width is said, as for what is to be copied. */
export function withHeader(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { style, columns }: Pick<Table, 'style'> & Partial<Pick<Table, 'columns'>>,
): string[] {
  const [first = '', ...lines] = alignColumns([header, ...rows], columns);
  return [style.dim(first), ...lines];
}

/** Below this no column is cut: what is left would tell nothing. */
const narrowest = 10;

/**
 * Rows as aligned columns, two spaces apart; the last column is not padded.
 *
 * @param width of the terminal, in characters: where rows would be longer, the widest columns are cut.
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
