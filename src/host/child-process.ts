import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { type CancelledError, UserError } from '../errors.ts';
import { answerBytes, type Bounds, type BoundsError, watchBounds } from './bounds.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a program is run. */
export interface ProgramOptions {
  /**
   * Its complete environment. The program inherits nothing: an inherited variable could change what it does without
   * being part of a plan.
   */
  readonly environment: Environment;
  readonly bounds: Bounds;
  /** All of its standard input, which is empty when this is absent. */
  readonly input?: string | Readable;
  /** Called with each line of standard output and standard error as it arrives. */
  readonly onLine?: (line: string) => void;
  /** Called with each line of standard error alone; never called if `onLine` is set. */
  readonly onError?: (line: string) => void;
}

/** How a program ended. */
export interface ProgramResult {
  /** `undefined` if a signal ended the program, or it did not start. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  readonly isMissing: boolean;
  /** Why the program was stopped; `undefined` if it was not. */
  readonly stopped: BoundsError | CancelledError | undefined;
}

/** Environment variables that configure a proxy: to be passed to programs that use the network. */
export const proxyVariables: readonly string[] = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'all_proxy',
].flatMap((name) => [name, name.toUpperCase()]);

/** The variables of these names that are set, and those that every program needs to find others and its files. */
export function inherited(environment: Environment, names: readonly string[] = []): Environment {
  return Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', ...names].flatMap((name) =>
      environment[name] === undefined ? [] : [[name, environment[name]]],
    ),
  );
}

/** How long a program may take to end after SIGTERM. */
const endMilliseconds = 3000;

/**
 * Runs a program of the host until it ends, with any exit code. When its bounds are exceeded, its whole process group
 * is ended. No other module starts child processes.
 *
 * @throws UserError if the program exists and cannot be started: no permission, no memory, or too many processes
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { environment, bounds, input, onLine, onError }: ProgramOptions,
): Promise<ProgramResult> {
  const running = execa(program, args, {
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { stdin: 'pipe', input }),
    // In its own process group: Ctrl-C reaches only matrix-deploy, and the program can finish what it has begun.
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

/** What to do about a program that cannot be started, by error code of the system. */
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
