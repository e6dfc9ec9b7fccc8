import { execa } from 'execa';

export interface RunOptions {
  input?: string | Buffer;
  /** How long the program may take; it is killed after that. 60 when absent. */
  timeoutSeconds?: number;
}

/**
 * Runs a program of this machine to its end.
 * @returns its standard output, as it was written
 * @throws with the command and its output when it fails or takes too long
 */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { stdout } = await execa(program, args, {
    stripFinalNewline: false,
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    killSignal: 'SIGKILL',
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  });
  return stdout;
}

/**
 * Asks until the answer is yes.
 * @param what said in the error when `seconds` have passed without it
 */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean> | boolean,
  { seconds = 30, everyMilliseconds = 20 } = {},
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
  }
}
