import headless from '@xterm/headless';

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

  dispose(): void {
    this.#emulator.dispose();
  }

  #shows(text: string): boolean {
    return this.text.includes(text) || this.text.replaceAll(/\s+/g, ' ').includes(text);
  }

  #rows() {
    const { active } = this.#emulator.buffer;
    return Array.from({ length: size.rows }, (_, y) => active.getLine(active.baseY + y));
  }
}
