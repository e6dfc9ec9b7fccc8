import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { Screen } from './screen.ts';

/** A terminal of 80 columns and 24 rows in this process: what is typed comes from a test. */
export function fakeTerminal() {
  const screen = new Screen();
  onTestFinished(() => screen.dispose());
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => rawModes.push(mode),
  });
  const stderr = Object.assign(
    new Writable({
      decodeStrings: false,
      write(text: string | Buffer, _encoding, done) {
        // As the kernel's side of a terminal does.
        screen.write(String(text).replaceAll(/\r?\n/g, '\r\n')).then(() => done());
      },
    }),
    // What is piped into such a stream does not end it.
    {
      isTTY: true,
      _isStdio: true,
      columns: screen.size.cols,
      rows: screen.size.rows,
      // As `tty.WriteStream` has them.
      cursorTo: (x: number) => cursorTo(stderr, x),
      clearLine: (direction: -1 | 0 | 1) => clearLine(stderr, direction),
      moveCursor: (dx: number, dy: number) => moveCursor(stderr, dx, dy),
    },
  );
  return {
    stdin,
    stderr,
    screen,
    environment: {},
    interrupt: new AbortController().signal,
    /** Is it as it was before anything was asked? */
    async isSane(): Promise<boolean> {
      await new Promise((written) => stderr.write('', written));
      return rawModes.at(-1) === false && screen.isCursorShown;
    },
    /** Resolves when a text is on the screen and keys are heard. */
    async see(text: string): Promise<void> {
      await screen.see(text, 3);
      // A prompt drops what is typed before the turn of the event loop after its first.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    type(keys: string): void {
      stdin.write(keys);
    },
  };
}
