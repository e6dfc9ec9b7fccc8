import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountedJob } from '../docker/engine.ts';
import { UserError } from '../errors.ts';
import { runProgram } from '../host/child-process.ts';
import { namesIn } from '../host/files.ts';

/** Where the containers at both ends see it. */
const place = '/run/matrix-deploy/pipe';

/** A pipe between two containers: what goes through it is on no disk, and neither has what the other has. */
export interface Pipe {
  readonly mount: MountedJob['mounts'][number];
  /** Paths in the containers: of the data, and of how the program ended that has written it. */
  readonly data: string;
  readonly end: string;
  /** Tells the reader of `end`, who may not be there yet. It is heard until the pipe is removed. */
  sendEnd(exitCode: number): Promise<void>;
}

const prefix = 'pipe-';

/** Removes the pipes that killed runs have left. @param scratch where nobody else uses one */
export async function removePipes(scratch: string): Promise<void> {
  const left = (await namesIn(scratch)).filter((name) => name.startsWith(prefix));
  for (const name of left) await rm(join(scratch, name), { recursive: true, force: true });
}

/** Says that a writer has found its reader: opening a pipe waits for the other end. */
export const openedLine = 'matrix-deploy: the pipe is open';

/** @param scratch an existing directory of the operator's alone, absolute */
export async function withPipe<Result>(
  scratch: string,
  use: (pipe: Pipe) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(scratch, prefix));
  const opened: { close(): Promise<void> }[] = [];
  try {
    // Users of containers get there by the mount only.
    await chmod(directory, 0o755);
    await makePipes(['data', 'end'].map((name) => join(directory, name)));
    return await use({
      mount: { source: directory, target: place, writable: true },
      data: `${place}/data`,
      end: `${place}/end`,
      async sendEnd(exitCode) {
        // Opened for both, it waits for nobody.
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
    throw new UserError('no pipe could be made for the backup', {
      code: 'backup.pipe',
      details: output.trim().split('\n'),
      hint: 'See whether the disk is full: `df -h`. Then run the command again.',
    });
  }
}

/** One end of a pipe, at work in a container. */
type End<Result> = (end: { readonly stop: AbortSignal; opened(): void }) => Promise<Result>;

/** How both ends have ended. */
interface Ends<Written, Read> {
  readonly written: PromiseSettledResult<Written>;
  readonly read: PromiseSettledResult<Read>;
  /** The one that was ended since it had nobody at the other end, where one was. */
  readonly stopped: 'writer' | 'reader' | undefined;
}

/**
 * Runs both ends, and lets none wait for another that has ended.
 *
 * @param ends the writer tells when it has opened the pipe
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
