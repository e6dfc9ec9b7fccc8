import headless from '@xterm/headless';
import { escaped } from '../src/output/html.ts';

type Cell = NonNullable<ReturnType<Row['getCell']>>;
type Row = NonNullable<ReturnType<headless.Terminal['buffer']['active']['getLine']>>;

/** Characters of a row that look alike. */
interface Run {
  readonly column: number;
  readonly style: string;
  text: string;
}

const fontSize = 14;
const cell = { width: 8.43, height: 19 };
const margin = 16;
const [foreground, background] = ['#d8dee9', '#1e222a'];
/** The eight colours of SGR 30 to 37, then the bright ones of 90 to 97. */
const palette = [
  ...['#3b4252', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'],
  ...['#7f848e', '#ff7b86', '#b5e890', '#ffd587', '#7cc4ff', '#dd9bee', '#70d7e3', '#ffffff'],
];

/**
 * What a terminal shows after a program has written to it, as an SVG picture: a real terminal's emulation decides
 * what stays of spinners and colours.
 *
 * @param output what came out of a pseudo-terminal.
 * @param title for those who cannot see it.
 */
export async function drawTerminal(
  output: string,
  { columns, title }: { columns: number; title: string },
): Promise<string> {
  const terminal = new headless.Terminal({ cols: columns, rows: 200, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const screen = terminal.buffer.active;
  const rows = Array.from({ length: screen.cursorY + 1 }, (_, y) => screen.getLine(y));
  const lines = rows.map((row) => (row === undefined ? [] : runsOf(row)));
  terminal.dispose();
  while (lines.at(-1)?.length === 0) {
    lines.pop();
  }
  return svg(lines, columns, title);
}

function runsOf(row: Row): Run[] {
  const runs: Run[] = [];
  const end = row.translateToString(true).length;
  for (let column = 0; column < end; column++) {
    const at = row.getCell(column);
    if (at === undefined || at.getWidth() === 0) {
      continue;
    }
    const style = styleOf(at);
    const last = runs.at(-1);
    if (last?.style === style) {
      last.text += at.getChars() || ' ';
    } else {
      runs.push({ column, style, text: at.getChars() || ' ' });
    }
  }
  return runs.filter(({ text }) => text.trim() !== '');
}

function styleOf(at: Cell): string {
  const colour = at.isFgPalette() ? palette[at.getFgColor()] : undefined;
  return [
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(at.isBold() ? ['font-weight="bold"'] : []),
    ...(at.isDim() ? ['opacity="0.6"'] : []),
  ].join(' ');
}

function svg(lines: readonly Run[][], columns: number, title: string): string {
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = lines.length * cell.height + 2 * margin;
  const text = lines.flatMap((runs, row) => runs.map((run) => textElement(run, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<title>${title}</title>
<rect width="100%" height="100%" rx="8" fill="${background}"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="${foreground}" xml:space="preserve">
${text.join('\n')}
</g>
</svg>
`;
}

// The length is stated, so that columns stay columns in every font.
function textElement({ column, style, text }: Run, row: number): string {
  const x = (margin + column * cell.width).toFixed(1);
  const y = margin + (row + 0.75) * cell.height;
  const length = ([...text].length * cell.width).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}"${style && ` ${style}`}>${escaped(text)}</text>`;
}
