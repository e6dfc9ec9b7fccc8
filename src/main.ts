import { reportFailure, runCommandLine } from './cli.ts';
import type { Context } from './context.ts';
import { ExitCode } from './errors.ts';
import { systemClock } from './host/clock.ts';

const interrupt = new AbortController();
let exitCode: ExitCode = ExitCode.success;
/** What to end with when a signal cut the run short. */
let signalCode: ExitCode | undefined;

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
    const { connectEngine } = await import('./docker/dockerode-engine.ts');
    return connectEngine(process.env.DOCKER_HOST);
  },
  async watchEngine() {
    const { engineSocket, socketPathOf } = await import('./docker/engine-socket.ts');
    const path = socketPathOf(process.env.DOCKER_HOST);
    return path === undefined ? undefined : engineSocket(path);
  },
  async openCompose(directory) {
    const { dockerCompose } = await import('./docker/compose.ts');
    return dockerCompose(directory);
  },
  async surroundings() {
    const [{ thisMachine }, { thisNetwork }] = await Promise.all([
      import('./host/machine.ts'),
      import('./host/network.ts'),
    ]);
    return { machine: thisMachine, network: thisNetwork() };
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
