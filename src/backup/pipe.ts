import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountedJob } from '../docker/engine.ts';
import { UserError } from '../errors.ts';
import { runProgram } from '../host/child-process.ts';
import { namesIn } from '../host/files.ts';

/** Path of the pipe's directory in the containers at both ends. */
const place = '/run/matrix-deploy/pipe';

/**
 * A pipe between two containers. Its data is never on a disk, and neither container can access the files, networks
 * and secrets of the other.
 */
export interface Pipe {
  readonly mount: MountedJob['mounts'][number];
  /**
   * Paths of two named pipes in the containers: for the data, and for the exit code of the program that writes it.
   */
  readonly data: string;
  readonly end: string;
  /**
   * Sends the exit code to the reader of `end`, which may open it later: the code stays until the pipe is removed.
   */
  sendEnd(exitCode: number): Promise<void>;
}

const prefix = 'pipe-';

/** Removes the pipes that killed runs have left. @param scratch a directory in which no other run uses a pipe */
export async function removePipes(scratch: string): Promise<void> {
  const left = (await namesIn(scratch)).filter((name) => name.startsWith(prefix));
  for (const name of left) await rm(join(scratch, name), { recursive: true, force: true });
}

/** The line by which a writer reports that its reader is there: opening a pipe waits for the other end. */
export const openedLine = 'matrix-deploy: the pipe is open';

/** @param scratch absolute path of an existing directory that only the operator can enter */
export async function withPipe<Result>(
  scratch: string,
  use: (pipe: Pipe) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(scratch, prefix));
  const opened: { close(): Promise<void> }[] = [];
  try {
    // Users of containers can reach the directory through the mount only, since `scratch` is closed to them.
    await chmod(directory, 0o755);
    await makePipes(['data', 'end'].map((name) => join(directory, name)));
    return await use({
      mount: { source: directory, target: place, writable: true },
      data: `${place}/data`,
      end: `${place}/end`,
      async sendEnd(exitCode) {
        // Opening a pipe for reading and writing does not wait for the other end.
        const end = await open(join(directory, 'end'), 'r+');
        opened.push(end);
        await end.write(`${exitCode}\n`);
      },
    });
  } finally {
    for (const end of opened) await end.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function makePipes(paths: readonly string[]): Promise<void> {
  const { exitCode, output } = await runProgram('mkfifo', ['-m', '0666', ...paths], {
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    bounds: { within: 10_000 },
  });
  if (exitCode !== 0) {
    throw new UserError('no pipe could be created for the backup', {
      code: 'backup.pipe',
      details: output.trim().split('\n'),
      hint: 'See whether the disk is full: `df -h`. Then run the command again.',
    });
  }
}

/** Runs one end of a pipe in a container. Aborting `stop` ends it. */
type End<Result> = (end: { readonly stop: AbortSignal; opened(): void }) => Promise<Result>;

/** The results of both ends. */
interface Ends<Written, Read> {
  readonly written: PromiseSettledResult<Written>;
  readonly read: PromiseSettledResult<Read>;
  /** The end that was stopped because the other one had already ended; `undefined` if none was. */
  readonly stopped: 'writer' | 'reader' | undefined;
}

/**
 * Runs both ends, and stops an end that would wait for one that has already ended.
 *
 * @param ends the writer must call `opened` when it has opened the pipe
 */
export async function runEnds<Written, Read>(ends: {
  readonly writer: End<Written>;
  readonly reader: End<Read>;
}): Promise<Ends<Written, Read>> {
  const [stopWriter, stopReader] = [new AbortController(), new AbortController()];
  let isOpen = false;
  let stopped: Ends<Written, Read>['stopped'];
  const opened = () => {
    isOpen = true;
  };
  const stop = (end: 'writer' | 'reader') => {
    stopped ??= end;
    (end === 'writer' ? stopWriter : stopReader).abort();
  };
  let hasWritten = false;
  const writing = ends.writer({ stop: stopWriter.signal, opened }).finally(() => {
    hasWritten = true;
    if (!isOpen) stop('reader');
  });
  const reading = ends.reader({ stop: stopReader.signal, opened }).then(
    (result) => {
      if (!isOpen && !hasWritten) stop('writer');
      return result;
    },
    (error) => {
      if (!hasWritten) stop('writer');
      throw error;
    },
  );
  const [written, read] = await Promise.allSettled([writing, reading]);
  return { written, read, stopped };
}
