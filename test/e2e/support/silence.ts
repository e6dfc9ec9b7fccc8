import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';

/** Stops the engine's process where it is: the system goes on accepting connections for it, and nobody answers. */
export async function freezeEngine(host: Host): Promise<void> {
  await signalEngine(host, 'STOP');
}

export async function thawEngine(host: Host): Promise<void> {
  await signalEngine(host, 'CONT');
}

async function signalEngine(host: Host, signal: 'STOP' | 'CONT'): Promise<void> {
  await host.run(['sh', '-c', 'kill -s "$1" "$(cat /run/docker.pid)"', 'signal', signal]);
}

/** How many connections to the engine there are; those that it has not accepted yet count too. */
export async function connectionsToEngine(host: Host): Promise<number> {
  const sockets = await host.readFile('/proc/net/unix');
  return sockets.split('\n').filter((line) => line.endsWith('/docker.sock')).length;
}

/** How a run ended, as a shell tells it, and what it said. */
export interface Ending {
  readonly exitCode: number | null;
  readonly said: string;
  /** How long the process stayed after the last that it wrote. */
  readonly secondsAfterLastWord: number;
  /** How long it took, from when it was followed. */
  readonly seconds: number;
}

/** Follows a run to its end. */
export async function ending(run: ChildProcessWithoutNullStreams): Promise<Ending> {
  const begun = performance.now();
  let lastWord = begun;
  let said = '';
  const hear = (chunk: Buffer) => {
    said += chunk;
    lastWord = performance.now();
  };
  run.stdout.on('data', hear);
  run.stderr.on('data', hear);
  const [exitCode] = await once(run, 'close');
  const now = performance.now();
  return {
    exitCode,
    said,
    secondsAfterLastWord: (now - lastWord) / 1000,
    seconds: (now - begun) / 1000,
  };
}

/** Waits until somebody waits for the engine, beside those who did before. */
export async function untilEngineIsAsked(host: Host, before: number): Promise<void> {
  const isAsked = async () => (await connectionsToEngine(host)) > before;
  await waitUntil('a question to the engine', isAsked, { seconds: 30, everyMilliseconds: 100 });
}
