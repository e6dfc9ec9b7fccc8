import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A program's run by the clock, in milliseconds since it was started. */
export interface TimedRun {
  readonly milliseconds: number;
  /** When its first byte came, on either stream; undefined when it said nothing. */
  readonly firstOutput: number | undefined;
  /** The lines of both streams, in the order in which they came. */
  readonly lines: readonly TimedLine[];
}

export interface TimedLine {
  readonly at: number;
  readonly text: string;
}

export interface TimedOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After that it is killed. 120 when absent. */
  readonly timeoutSeconds?: number;
  /** Exit codes that are no failure, beside 0. */
  readonly accept?: readonly number[];
}

/**
 * Runs a program to its end, without a terminal.
 *
 * @throws with its last lines when it fails, and when `signal` fires: it is then asked to stop, and waited for.
 */
export async function timed(argv: readonly string[], options: TimedOptions): Promise<TimedRun> {
  const { signal, cwd, environment, timeoutSeconds = 120, accept = [] } = options;
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const begin = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = [listen(child.stdout, begin), listen(child.stderr, begin)];
  const stop = () => child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
  signal.addEventListener('abort', stop);
  try {
    const exited = new Promise<{ at: number; code: number | null }>((resolve, reject) => {
      child.once('error', reject);
      let at = 0;
      child.once('exit', () => {
        at = performance.now() - begin;
      });
      child.once('close', (code) => resolve({ at, code }));
    });
    const { at, code } = await exited;
    signal.throwIfAborted();
    const lines = heard.flatMap((stream) => stream.lines).toSorted((a, b) => a.at - b.at);
    if (code !== 0 && !accept.includes(code ?? -1)) {
      const last = lines.slice(-10).map(({ text }) => `  ${text}`);
      throw new Error(
        [`${argv.join(' ')}: ${code === null ? 'killed' : `exit ${code}`}`, ...last].join('\n'),
      );
    }
    const firsts = heard.flatMap(({ first }) => first ?? []);
    return { milliseconds: at, firstOutput: firsts.length > 0 ? Math.min(...firsts) : undefined, lines };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
  }
}

function listen(stream: Readable, begin: number): { first: number | undefined; lines: TimedLine[] } {
  const heard: { first: number | undefined; lines: TimedLine[] } = { first: undefined, lines: [] };
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const at = performance.now() - begin;
    heard.first ??= at;
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    heard.lines.push(...parts.map((text) => ({ at, text })));
  });
  stream.on('end', () => {
    if (rest !== '') heard.lines.push({ at: performance.now() - begin, text: rest });
  });
  return heard;
}
