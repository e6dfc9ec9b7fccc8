import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { CancelledError } from '../errors.ts';
import { BoundsError } from '../host/bounds.ts';
import type { JobSession, MountedJob } from './engine.ts';
import type { Followed } from './left-jobs.ts';
import { createJob, notExecutable, prepareJob, startOrRefusal } from './one-off.ts';
import { readLines } from './output.ts';
import { removeContainer } from './remove-container.ts';

/**
 * Runs a container to its end, however long that takes, and removes it: also when the run is interrupted.
 *
 * Input and output have a connection each: a program that ends without reading its input breaks the connection of the
 * input, and its error message must still arrive.
 */
export async function followJob(
  docker: Docker,
  job: Followed<MountedJob>,
  { input, stop, onLine = () => undefined }: JobSession = {},
): Promise<{ exitCode: number }> {
  const takesInput = input !== undefined;
  const container = await createJob(
    docker,
    job,
    takesInput ? { OpenStdin: true, StdinOnce: true, AttachStdin: true } : {},
  );
  try {
    await prepareJob(docker, container, job);
    const output = await attach(container, { stdout: true, stderr: true });
    const lines = readLines(onLine);
    output.on('data', (chunk: Buffer) => lines.write(chunk));
    const ended = closed(output);
    const sink = takesInput ? await attach(container, { stdin: true }) : undefined;
    const refusal = await startOrRefusal(container);
    if (refusal !== undefined) {
      onLine(refusal, 'stderr');
      return { exitCode: notExecutable };
    }
    const end = () => void container.stop({ t: endSeconds }).catch(() => undefined);
    stop?.addEventListener('abort', end);
    if (stop?.aborted) end();
    if (sink !== undefined) {
      sink.on('error', () => undefined);
      sink.resume().end(input);
    }
    throwIfGivenUp(await ended);
    lines.end();
    const { StatusCode } = await container.wait();
    return { exitCode: StatusCode };
  } finally {
    await removeContainer(container);
  }
}

/** How long a program that is asked to end may take, in seconds. */
const endSeconds = 5;

async function attach(
  container: Docker.Container,
  streams: { stdin?: true; stdout?: true; stderr?: true },
): Promise<Duplex> {
  return (await container.attach({ ...streams, stream: true, hijack: true })) as Duplex;
}

/** @returns the error that broke the connection, if any */
function closed(stream: Duplex): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.once('error', resolve);
    stream.once('close', () => resolve(undefined));
  });
}

/**
 * Throws if the call was given up. Other errors are ignored: if the engine does not answer any more, the next call
 * fails.
 */
function throwIfGivenUp(broken: Error | undefined): void {
  if (broken instanceof CancelledError || broken instanceof BoundsError) {
    throw broken;
  }
}
