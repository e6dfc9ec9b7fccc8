import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { layout, modes } from '../layout.ts';
import { printable } from '../printable.ts';

/** What a run writes down of itself, to be read when the terminal that it began on is lost. */
export interface RunLog {
  say(text: string): void;
  /** Says the last thing; resolves when all of it is in the file. */
  end(text: string): Promise<void>;
}

/** How long the file may become, in bytes; how the run ended is told in any case. */
const mostBytes = 2 ** 18;

/**
 * Begins state/last-run.log in a directory that has a state/. It helps those who read it, and hinders nobody: a file
 * that cannot be written is left out.
 */
export async function openRunLog(directory: string, clock: Pick<Clock, 'now'>): Promise<RunLog> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
  const file = await open(join(directory, layout.runLog), flags, modes.state).catch(() => undefined);
  let written = 0;
  let writing = Promise.resolve();
  const line = (text: string) => {
    // It is read on a terminal, and tells what strangers have said.
    const told = printable(text.replaceAll('\n', ' '));
    const bytes = Buffer.from(`${clock.now().toISOString()} ${told}\n`);
    written += bytes.length;
    writing = writing.then(() => append(file, bytes));
  };
  return {
    say(text) {
      if (written < mostBytes) {
        line(text);
      }
    },
    async end(text) {
      line(text);
      await writing;
      await file?.close();
    },
  };
}

async function append(file: FileHandle | undefined, bytes: Buffer): Promise<void> {
  await file?.write(bytes).catch(() => undefined);
}
