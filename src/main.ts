import { reportFailure, runCommandLine } from './cli.ts';
import type { Context } from './context.ts';
import type { EngineEndpoint } from './docker/endpoint.ts';
import { ExitCode } from './errors.ts';
import { systemClock } from './host/clock.ts';

const interrupt = new AbortController();
let exitCode: ExitCode = ExitCode.success;
/** What to end with when a signal cut the run short. */
let signalCode: ExitCode | undefined;

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
  async machineNames() {
    const { machineNames } = await import('./host/machine-names.ts');
    return machineNames();
  },
  clock: systemClock,
  // The operating system's generator, as a global that is loaded when it is used.
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  interrupt: interrupt.signal,
  setExitCode(code) {
    exitCode = code;
  },
  async connectEngine() {
    const [endpoint, { connectEngine }] = await Promise.all([
      engine(),
      import('./docker/dockerode-engine.ts'),
    ]);
    return connectEngine(endpoint);
  },
  async watchEngine() {
    const [endpoint, { engineSocket }] = await Promise.all([engine(), import('./docker/engine-socket.ts')]);
    return engineSocket(endpoint);
  },
  async openCompose(subject) {
    const { dockerCompose } = await import('./docker/compose.ts');
    return dockerCompose({ ...subject, engine, environment: process.env });
  },
  async surroundings() {
    const [{ machineWith }, { thisNetwork }] = await Promise.all([
      import('./host/machine.ts'),
      import('./host/network.ts'),
    ]);
    return { machine: machineWith(process.env), network: thisNetwork() };
  },
};

function onSignal(code: ExitCode): () => void {
  return () => {
    if (interrupt.signal.aborted) {
      process.exit(code);
    }
    signalCode = code;
    process.stderr.write('\nfinishing what is begun; press Ctrl-C again to stop at once\n');
    interrupt.abort();
  };
}

process.on('SIGINT', onSignal(ExitCode.interrupted));
process.on('SIGTERM', onSignal(ExitCode.terminated));

async function run(argv: readonly string[]): Promise<ExitCode> {
  try {
    await runCommandLine(argv, context);
    return exitCode;
  } catch (error) {
    const failure = await reportFailure(error, argv, context);
    return signalCode ?? failure;
  }
}

process.exitCode = await run(process.argv.slice(2));
