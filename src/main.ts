import { reportFailure, runCommandLine } from './cli.ts';
import type { Context } from './context.ts';
import type { EngineEndpoint } from './docker/endpoint.ts';
import { CancelledError, ExitCode, messageOf } from './errors.ts';
import { systemClock } from './host/clock.ts';

const interrupt = new AbortController();
let exitCode: ExitCode = ExitCode.success;
/** What to end with when a signal cut the run short. */
let signalCode: ExitCode | undefined;
/** What is told that nobody is there any more to read what is written; without it, such a run ends. */
const unattended = new Set<() => void>();
/** The signals by which a process ends with a code, as shells tell it. */
const ending: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [ExitCode.hungUp, 'SIGHUP'],
  [ExitCode.interrupted, 'SIGINT'],
  [ExitCode.terminated, 'SIGTERM'],
]);
/** Why an answer did not arrive whole at the file that it was written to. */
let lostOutput: Error | undefined;
const patience = Number(process.env.MATRIX_DEPLOY_PATIENCE) || 1;

/** What all who ask the engine in this run know of it. */
const unanswered = {};

/** The engine of this run, found once: whatever asks, asks the same one. */
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
  // The operating system's generator, as a global that is loaded when it is used.
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
  // Who waits for what somebody types or pipes waits no longer; a terminal is left to the prompt that has it.
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
 * Ends the process. Node waits for system calls that are under way, and those on a pipe, or on a network file system that is
 * gone, may never return: a signal ends them too.
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

// Who reads may have read enough (`| head`), and a terminal may be gone: that changes nothing of what is done.
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

/** Is an error what Node's own calls and streams throw that were ended by the interrupt? */
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
// By now there is nothing left to wait for, although connections may still be open.
setTimeout(leave, 1000).unref();
