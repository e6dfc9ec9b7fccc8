import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { layout, modes } from '../layout.ts';
import { printable } from '../printable.ts';

/** The log of a run, for an operator who has lost the terminal of the run. */
export interface RunLog {
  say(text: string): void;
  /** Writes the last line; resolves when everything is in the file. */
  end(text: string): Promise<void>;
}

/** Maximum size of the file in bytes. The last line is written in any case. */
const mostBytes = 2 ** 18;

/**
 * Begins state/last-run.log in a directory that has a state/. If the file cannot be written, there is no log.
 */
export async function openRunLog(directory: string, clock: Pick<Clock, 'now'>): Promise<RunLog> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
  const file = await open(join(directory, layout.runLog), flags, modes.state).catch(() => undefined);
  let written = 0;
  let writing = Promise.resolve();
  const line = (text: string) => {
    // The log is read on a terminal, and may quote untrusted text.
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
