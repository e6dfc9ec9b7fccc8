import { execa } from 'execa';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a program is run. */
export interface ProgramOptions {
  /** All that it finds in its environment: it inherits nothing, since what it obeys would be no part of any plan. */
  readonly environment: Environment;
  readonly deadlineSeconds: number;
  /** Told each line of either stream as it comes. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. */
export interface ProgramResult {
  /** `undefined` where it did not end by itself. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  readonly isMissing: boolean;
  readonly timedOut: boolean;
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

/** Runs a program of the host to its end, whatever that is. The one place where child processes are started. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { environment, deadlineSeconds, onLine }: ProgramOptions,
): Promise<ProgramResult> {
  const running = execa(program, args, {
    reject: false,
    stdin: 'ignore',
    // In a process group of its own, so that Ctrl-C reaches us alone: what is begun is finished.
    detached: true,
    all: true,
    timeout: deadlineSeconds * 1000,
    extendEnv: false,
    env: environment,
  });
  if (onLine !== undefined) {
    for await (const line of running.iterable({ from: 'all' })) {
      onLine(line);
    }
  }
  const { exitCode, stdout, all, code, timedOut } = await running;
  return { exitCode, stdout, output: all, isMissing: code === 'ENOENT', timedOut };
}
