import { reportFailure, runCommandLine } from './cli.ts';
import type { Context } from './context.ts';
import type { EngineEndpoint } from './docker/endpoint.ts';
import { CancelledError, ExitCode, messageOf } from './errors.ts';
import { systemClock } from './host/clock.ts';

const interrupt = new AbortController();
let exitCode: ExitCode = ExitCode.success;
/** The exit code after a signal has ended the run early. */
let signalCode: ExitCode | undefined;
/**
 * Callbacks of the actions that outlive the terminal: called when the terminal, or the reader of the output, is gone.
 * When there are none, a hang-up ends the run.
 */
const unattended = new Set<() => void>();
/** By exit code, the signal that shells report with this code. */
const ending: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [ExitCode.hungUp, 'SIGHUP'],
  [ExitCode.interrupted, 'SIGINT'],
  [ExitCode.terminated, 'SIGTERM'],
]);
/** The first error of a write to stdout or stderr, except that the reader or the terminal is gone. */
let lostOutput: Error | undefined;
const patience = Number(process.env.MATRIX_DEPLOY_PATIENCE) || 1;

/** Shared by all clients of the engine in this run. Once a call was not answered, later calls wait only briefly. */
const unanswered = {};

/** The engine of this run, looked up only once, so that all callers use the same one. */
let endpoint: Promise<EngineEndpoint> | undefined;
function engine(): Promise<EngineEndpoint> {
  endpoint ??= import('./docker/endpoint.ts').then(({ findEngine }) => findEngine(process.env));
  return endpoint;
}

const context: Context = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
  workingDirectory: process.cwd(),
  processId: process.pid,
  program: [process.execPath, process.argv[1] ?? ''],
  async components() {
    const { components } = await import('./components/components.ts');
    return components;
  },
  async machineNames() {
    const { machineNames } = await import('./host/machine-names.ts');
    return machineNames();
  },
  clock: systemClock,
  // The operating system's generator. Node.js loads this global only when it is used.
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  interrupt: interrupt.signal,
  patience,
  async outliveTerminal(action, onLoss) {
    unattended.add(onLoss);
    try {
      return await action();
    } finally {
      unattended.delete(onLoss);
    }
  },
  setExitCode(code) {
    exitCode = code;
  },
  async connectEngine(signal = interrupt.signal) {
    const [endpoint, { connectEngine }] = await Promise.all([
      engine(),
      import('./docker/dockerode-engine.ts'),
    ]);
    return connectEngine(endpoint, { signal, patience, unanswered }, process.pid);
  },
  async openEngineReads(signal = interrupt.signal) {
    const [endpoint, { engineSocket }] = await Promise.all([engine(), import('./docker/engine-socket.ts')]);
    return engineSocket(endpoint, { signal, patience, unanswered });
  },
  async openCompose(subject) {
    const { dockerCompose } = await import('./docker/compose.ts');
    return dockerCompose({
      ...subject,
      engine,
      environment: process.env,
      signal: interrupt.signal,
      patience,
    });
  },
  async openRegistry(host) {
    const { Registry } = await import('./docker/registry.ts');
    return new Registry(host, { interrupt: interrupt.signal, patience, now: systemClock.now });
  },
  async releaseKeys() {
    const [{ readFile }, { packageFile }] = await Promise.all([
      import('node:fs/promises'),
      import('./package.ts'),
    ]);
    return readFile(packageFile('keys/releases.pub'), 'utf8');
  },
  async surroundings() {
    const [{ machineWith }, { thisNetwork }] = await Promise.all([
      import('./host/machine.ts'),
      import('./host/network.ts'),
    ]);
    return { machine: machineWith(process.env), network: thisNetwork(interrupt.signal) };
  },
};

function stop(code: ExitCode): void {
  signalCode ??= code;
  interrupt.abort();
  // Ends a pending read of standard input. A terminal is left to the prompt that uses it.
  if (!process.stdin.isTTY) {
    process.stdin.destroy();
  }
}

function onSignal(code: ExitCode): () => void {
  return () => {
    if (interrupt.signal.aborted) {
      leave(code);
    }
    process.stderr.write('\nfinishing running steps; press Ctrl-C again to abort\n');
    stop(code);
  };
}

/**
 * Ends the process. Node.js waits for system calls that have not returned, and calls on a pipe or on an unreachable
 * network file system may never return. If there are such calls, the process ends itself by a signal.
 */
function leave(code = process.exitCode): void {
  if (process.getActiveResourcesInfo().some((resource) => /^(?:FSReq|GetAddrInfo)/.test(resource))) {
    const signal = ending.get(Number(code)) ?? 'SIGKILL';
    process.once('exit', () => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  process.exit(code);
}

function onHangUp(): void {
  unattended.forEach((tell) => void tell());
  if (unattended.size === 0) {
    stop(ExitCode.hungUp);
  }
}

process.on('SIGINT', onSignal(ExitCode.interrupted));
process.on('SIGTERM', onSignal(ExitCode.terminated));
process.on('SIGHUP', onHangUp);

// A reader may have closed the pipe (`| head`), and the terminal may be gone: neither changes what the run does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') {
      unattended.forEach((tell) => void tell());
    } else {
      lostOutput ??= error;
    }
  });
}

async function run(argv: readonly string[]): Promise<ExitCode> {
  try {
    await runCommandLine(argv, context);
    return exitCode;
  } catch (error) {
    const failure = await reportFailure(isOfInterrupt(error) ? cancelled() : error, argv, context);
    return signalCode ?? failure;
  }
}

/** Whether an error is one that Node's own calls and streams throw when the interrupt ends them. */
function isOfInterrupt(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return interrupt.signal.aborted && (name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE');
}

function cancelled(): CancelledError {
  return new CancelledError('interrupted', { code: 'cancelled' });
}

process.exitCode = await run(process.argv.slice(2));
if (lostOutput !== undefined) {
  process.stderr.write(`error the output could not be written: ${messageOf(lostOutput)}\n`);
  process.exitCode ||= ExitCode.failed;
}
// Nothing is left to wait for, but open connections would keep the process alive.
setTimeout(leave, 1000).unref();
