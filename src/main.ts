import { randomBytes } from 'node:crypto';
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
  clock: systemClock,
  random: (bytes) => randomBytes(bytes),
  interrupt: interrupt.signal,
  setExitCode(code) {
    exitCode = code;
  },
  async connectEngine() {
    const { connectEngine } = await import('./docker/dockerode-engine.ts');
    return connectEngine();
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

const argv = process.argv.slice(2);
try {
  await runCommandLine(argv, context);
  process.exitCode = exitCode;
} catch (error) {
  const failureCode = await reportFailure(error, argv, context);
  process.exitCode = signalCode ?? failureCode;
}
