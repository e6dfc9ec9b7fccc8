import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A program's run by the clock, in milliseconds since it was started. */
export interface TimedRun {
  readonly milliseconds: number;
  /** When its first byte came, on either stream; undefined when it said nothing. */
  readonly firstOutput: number | undefined;
  /** The lines of both streams, in the order in which they came. */
  readonly lines: readonly TimedLine[];
}

interface TimedLine {
  readonly at: number;
  readonly text: string;
}

export interface TimedOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /**
   * Added to this process's environment, less what makes a Node read certificates at its start: that costs more than
   * all the rest of it, and is nothing that an operator's machine has.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** After that it is killed. 300 when absent. */
  readonly timeoutSeconds?: number;
}

/**
 * Runs a program to its end, without a terminal.
 *
 * @throws with its last lines when it fails, and when `signal` fires: it is then asked to stop, and waited for.
 */
export async function timed(argv: readonly string[], options: TimedOptions): Promise<TimedRun> {
  const { signal, cwd, environment, timeoutSeconds = 300 } = options;
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const begin = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...environment, NODE_EXTRA_CA_CERTS: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: what it has started can be killed with it, and would otherwise hold its pipes open.
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  const limit = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), timeoutSeconds * 1000);
  signal.addEventListener('abort', stop);
  try {
    return await follow(child, begin, argv.join(' '), signal);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Follows a program to its end.
 *
 * @param begin when it was started, by `performance.now()`
 * @param name for the error
 * @throws with its last lines when it fails, and what `signal` has fired with by then.
 */
export async function follow(
  child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
  begin: number,
  name: string,
  signal: AbortSignal,
): Promise<TimedRun> {
  const heard = [listen(child.stdout, begin), listen(child.stderr, begin)];
  const [{ at, code }] = await Promise.all([exitOf(child, begin), once(child, 'close')]);
  signal.throwIfAborted();
  const lines = heard.flatMap((stream) => stream.lines).toSorted((a, b) => a.at - b.at);
  if (code !== 0) {
    const last = lines.slice(-10).map(({ text }) => `  ${text}`);
    throw new Error([`${name}: ${code === null ? 'killed' : `exit ${code}`}`, ...last].join('\n'));
  }
  const firsts = heard.flatMap(({ first }) => first ?? []);
  return { milliseconds: at, firstOutput: firsts.length > 0 ? Math.min(...firsts) : undefined, lines };
}

async function exitOf(child: ChildProcess, begin: number): Promise<{ at: number; code: number | null }> {
  const [code] = await once(child, 'exit');
  return { at: performance.now() - begin, code };
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
