import headless, { type IBufferCell } from '@xterm/headless';

const size = { cols: 80, rows: 24 };

/** Keys as a terminal sends them. */
export const key = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  interrupt: '\u0003',
  clearLine: '\u0015',
};

/** The colour of the palette that a QR code is drawn on. */
const white = 7;

/** A picture: the level of each point, from 0 for black to 255, row by row. */
export interface Photograph {
  readonly width: number;
  readonly height: number;
  readonly levels: readonly number[];
}

/** What a terminal of 80 columns and 24 rows shows of what is written to it. */
export class Screen {
  readonly size = size;
  readonly #emulator = new headless.Terminal({ ...size, allowProposedApi: true });
  readonly #lookers = new Set<() => void>();
  #isCursorShown = true;

  /** Resolves when it is shown. */
  async write(text: string): Promise<void> {
    const [hidden, shown] = [text.lastIndexOf('\u001b[?25l'), text.lastIndexOf('\u001b[?25h')];
    this.#isCursorShown = hidden === shown ? this.#isCursorShown : shown > hidden;
    await new Promise<void>((resolve) => this.#emulator.write(text, resolve));
    for (const look of this.#lookers) look();
  }

  get isCursorShown(): boolean {
    return this.#isCursorShown;
  }

  /** The rows that are seen now, without empty ones at the end. */
  get text(): string {
    return this.#rows()
      .map((row) => row?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  }

  /** Was a line too long? */
  get isWrapped(): boolean {
    return this.#rows().some((row) => row?.isWrapped);
  }

  /** Has it scrolled? */
  get isFull(): boolean {
    return this.#emulator.buffer.active.baseY > 0;
  }

  /**
   * Resolves when a text is seen, also one that goes on in the next line; throws, with all that is seen, when it is not in
   * time. What is written at once may be seen in parts: wait for each text that is wanted.
   */
  async see(text: string, timeoutSeconds: number): Promise<void> {
    if (this.#shows(text)) return;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#lookers.delete(look);
        settle();
      };
      const look = () => {
        if (this.#shows(text)) end(resolve);
      };
      const late = () => end(() => reject(new Error(`"${text}" was not seen, but:\n${this.text}`)));
      const timer = setTimeout(late, timeoutSeconds * 1000);
      this.#lookers.add(look);
    });
  }

  /**
   * What a camera takes of it: a picture in grey, on which characters are lighter than the background.
   *
   * @param top a text to which somebody has scrolled back, so that it is in the topmost row
   */
  photograph(top?: string): Photograph {
    const side = 4;
    const cells = this.#rows(top === undefined ? undefined : this.#lineWith(top)).map((row) =>
      Array.from({ length: size.cols }, (_, x) => halvesOf(row?.getCell(x))),
    );
    const halves = cells.flatMap((row) => [0, 1].map((half) => row.map((cell) => cell[half] === true)));
    const lines = halves.flatMap((row) => {
      const line = row.flatMap((isLight) => Array<number>(side).fill(isLight ? 255 : 0));
      return Array<number[]>(side).fill(line);
    });
    return { width: size.cols * side, height: halves.length * side, levels: lines.flat() };
  }

  dispose(): void {
    this.#emulator.dispose();
  }

  #shows(text: string): boolean {
    return this.text.includes(text) || this.text.replaceAll(/\s+/g, ' ').includes(text);
  }

  #rows(top?: number) {
    const { active } = this.#emulator.buffer;
    return Array.from({ length: size.rows }, (_, y) => active.getLine((top ?? active.baseY) + y));
  }

  /** The number of the last line with a text, also of those that have scrolled out of sight. */
  #lineWith(text: string): number {
    const { active } = this.#emulator.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true));
    const found = lines.findLastIndex((line) => line?.includes(text));
    if (found === -1) throw new Error(`"${text}" is in none of:\n${lines.join('\n').trimEnd()}`);
    return found;
  }
}

/** Whether the upper and the lower half of a cell are light. */
function halvesOf(cell: IBufferCell | undefined): readonly [boolean, boolean] {
  if (cell === undefined) return [false, false];
  const character = cell.isFgDefault() || cell.getFgColor() === white;
  const background = !cell.isBgDefault() && cell.getBgColor() === white;
  const blocks = { '█': [true, true], '▀': [true, false], '▄': [false, true] } as const;
  const [upper, lower] = blocks[cell.getChars() as keyof typeof blocks] ?? [false, false];
  return [upper ? character : background, lower ? character : background];
}
