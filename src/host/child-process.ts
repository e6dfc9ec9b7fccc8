import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { type CancelledError, UserError } from '../errors.ts';
import { answerBytes, type Bounds, type BoundsError, watchBounds } from './bounds.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a program is run. */
export interface ProgramOptions {
  /** All that it finds in its environment: it inherits nothing, since what it obeys would be no part of any plan. */
  readonly environment: Environment;
  readonly bounds: Bounds;
  /** All of its standard input, which is empty when this is absent. */
  readonly input?: string | Readable;
  /** Told each line of either stream as it comes. */
  readonly onLine?: (line: string) => void;
  /** The same of its standard error alone. */
  readonly onError?: (line: string) => void;
}

/** How a program ended. */
export interface ProgramResult {
  /** `undefined` where it did not end by itself. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  readonly isMissing: boolean;
  /** Why it was ended. */
  readonly stopped: BoundsError | CancelledError | undefined;
}

/** By which programs find their way through a proxy: to be passed on to those that use the network. */
export const proxyVariables: readonly string[] = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'all_proxy',
].flatMap((name) => [name, name.toUpperCase()]);

/** The variables of these names, where they are set, and those by which any program finds others and its files. */
export function inherited(environment: Environment, names: readonly string[] = []): Environment {
  return Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', ...names].flatMap((name) =>
      environment[name] === undefined ? [] : [[name, environment[name]]],
    ),
  );
}

/** How long a program that is told to end may take for it. */
const endMilliseconds = 3000;

/**
 * Runs a program of the host to its end, whatever that is. When its bounds are passed, it ends with all that it has
 * started. The one place where child processes are started.
 *
 * @throws UserError where the system does not start it although it is there: it may not, or lacks memory or processes
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { environment, bounds, input, onLine, onError }: ProgramOptions,
): Promise<ProgramResult> {
  const running = execa(program, args, {
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { stdin: 'pipe', input }),
    // In a process group of its own, so that Ctrl-C reaches us alone: what is begun is finished.
    detached: true,
    all: true,
    maxBuffer: answerBytes,
    extendEnv: false,
    env: environment,
  });
  let stopped: ProgramResult['stopped'];
  let last: NodeJS.Timeout | undefined;
  const watch = watchBounds({ bytes: answerBytes, ...bounds }, (reason) => {
    stopped = reason;
    endGroup(running.pid, 'SIGTERM');
    last = setTimeout(() => endGroup(running.pid, 'SIGKILL'), endMilliseconds);
  });
  running.all.on('data', (chunk: Buffer) => watch.arrived(chunk.length));
  try {
    const told = onLine ?? onError;
    if (told !== undefined) {
      for await (const line of running.iterable({ from: onLine === undefined ? 'stderr' : 'all' })) {
        told(line);
      }
    }
    const { exitCode, signal, stdout, all, code, originalMessage } = await running;
    if (exitCode === undefined && signal === undefined && code !== undefined && code !== 'ENOENT') {
      throw notStarted(program, code, originalMessage);
    }
    return { exitCode, stdout, output: all, isMissing: code === 'ENOENT', stopped };
  } finally {
    watch.end();
    clearTimeout(last);
  }
}

/** By the system's code, what to do about a program that it does not start. */
const startRemedies: Readonly<Record<string, string>> = {
  EACCES: 'Make the file executable for this user, then run the command again.',
  EAGAIN: 'This host has too many processes: end some, then run the command again.',
  ENOMEM: 'This host has too little memory: free some, then run the command again.',
};

function notStarted(program: string, code: string, reason = code): UserError {
  return new UserError(`${program} could not be started: ${reason}`, {
    code: 'host.program',
    hint: startRemedies[code] ?? 'Remove the cause, then run the command again.',
  });
}

function endGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (leader !== undefined) {
      kill(-leader, signal);
    }
  } catch {
    // It has ended by itself.
  }
}
