import type { Context, Output } from '../context.ts';
import type { Style } from './style.ts';

/** The width of the empty border. Cameras need it to find the code (ISO/IEC 18004 asks for 4). */
const quietZone = 2;

/**
 * A QR code in half blocks, with two of its rows in each line; `undefined` when the terminal cannot show it.
 *
 * @param style of the stream: with colours, the code is dark on light, whatever the colours of the terminal are
 */
export async function qrCode(
  text: string,
  { stdout, environment }: Pick<Context, 'stdout' | 'environment'>,
  style: Style,
): Promise<string[] | undefined> {
  if (!hasBlocks(stdout, environment)) {
    return undefined;
  }
  const { encode } = await import('uqr');
  const { data, size } = encode(text, { border: quietZone });
  if (size > (stdout.columns ?? 80)) {
    return undefined;
  }
  const isDark = (row: number, column: number) => data[row]?.[column] === true;
  const inColour = style.level > 0;
  const line = (row: number) =>
    Array.from({ length: size }, (_, column) =>
      // Without colours, characters are taken to be lighter than the background: so the light parts are written.
      halfBlock(isDark(row, column) === inColour, isDark(row + 1, column) === inColour),
    ).join('');
  const rows = Array.from({ length: Math.ceil(size / 2) }, (_, index) => line(index * 2));
  return rows.map((row) => (inColour ? style.black.bgWhite(row) : row));
}

/** Whether the stream is a terminal that can show block characters. */
function hasBlocks({ isTTY }: Output, environment: Context['environment']): boolean {
  // The order of precedence in the C library (locale(7)).
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return isTTY === true && environment.TERM !== 'dumb' && /utf-?8/i.test(locale);
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) {
    return lower ? '█' : '▀';
  }
  return lower ? '▄' : ' ';
}
