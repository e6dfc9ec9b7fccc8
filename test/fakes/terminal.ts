import { PassThrough, Writable } from 'node:stream';
import headless from '@xterm/headless';
import { onTestFinished } from 'vitest';
import type { Context } from '../../src/context.ts';

const size = { cols: 80, rows: 24 };

/** Keys as a terminal sends them. */
export const key = { enter: '\r', escape: '\u001b', up: '\u001b[A', down: '\u001b[B', interrupt: '\u0003' };

/** A terminal of 80 columns and 24 rows: what is typed comes from a test, and what is written is shown as a real one would. */
export function fakeTerminal() {
  const emulator = new headless.Terminal({ ...size, allowProposedApi: true });
  onTestFinished(() => emulator.dispose());
  const shown = new Set<() => void>();
  let isCursorShown = true;
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => rawModes.push(mode),
  });
  const stderr = Object.assign(
    new Writable({
      decodeStrings: false,
      write(text: string | Buffer, _encoding, done) {
        isCursorShown = cursorAfter(String(text), isCursorShown);
        // A terminal begins a new line at its left, whatever it was sent.
        emulator.write(String(text).replaceAll(/\r?\n/g, '\r\n'), () => {
          for (const look of shown) look();
          done();
        });
      },
    }),
    // What is piped into such a stream does not end it.
    { isTTY: true, _isStdio: true, columns: size.cols, rows: size.rows },
  );
  const rows = () => Array.from({ length: size.rows }, (_, y) => emulator.buffer.active.getLine(y));
  const screen = () =>
    rows()
      .map((row) => row?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  return {
    stdin,
    stderr,
    interrupt: new AbortController().signal,
    screen,
    /** Was a line too long, or the page too high? */
    overflows: () => emulator.buffer.active.baseY > 0 || rows().some((row) => row?.isWrapped),
    /** Is it as it was before anything was asked? */
    async isSane(): Promise<boolean> {
      await new Promise((written) => stderr.write('', written));
      return rawModes.at(-1) === false && isCursorShown;
    },
    /** Resolves when a text is on the screen. */
    async see(text: string): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          if (screen().includes(text)) {
            clearTimeout(timer);
            shown.delete(look);
            resolve();
          }
        };
        const timer = setTimeout(() => {
          shown.delete(look);
          reject(new Error(`"${text}" did not come on the screen:\n${screen()}`));
        }, 3000);
        shown.add(look);
        look();
      });
      // What is written in this turn of the loop belongs to it, and keys before its end are dropped.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    type(keys: string): void {
      stdin.write(keys);
    },
  } satisfies Pick<Context, 'stdin' | 'stderr' | 'interrupt'> & Record<string, unknown>;
}

/** Is the cursor shown, when it was or was not before something was written? */
function cursorAfter(text: string, before: boolean): boolean {
  const [hidden, shown] = [text.lastIndexOf('\u001b[?25l'), text.lastIndexOf('\u001b[?25h')];
  return hidden === shown ? before : shown > hidden;
}
