import type { Context, Output } from '../context.ts';
import type { Style } from './style.ts';

/** The empty rim without which cameras do not see the code (ISO/IEC 18004 asks for 4). */
const quietZone = 2;

/**
 * A QR code, two rows of it in a line of half blocks; `undefined` where the terminal cannot show one.
 *
 * @param style of the stream: with colours, it is dark on light whatever the terminal's own are
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
      // Without colours, what is written shines: the light parts are written then.
      halfBlock(isDark(row, column) === inColour, isDark(row + 1, column) === inColour),
    ).join('');
  const rows = Array.from({ length: Math.ceil(size / 2) }, (_, index) => line(index * 2));
  return rows.map((row) => (inColour ? style.black.bgWhite(row) : row));
}

/** Is it a terminal whose characters have blocks among them? */
function hasBlocks({ isTTY }: Output, environment: Context['environment']): boolean {
  // The order of the C library (locale(7)).
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return isTTY === true && environment.TERM !== 'dumb' && /utf-?8/i.test(locale);
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) {
    return lower ? '█' : '▀';
  }
  return lower ? '▄' : ' ';
}
