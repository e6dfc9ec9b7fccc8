import { randomBytes } from 'node:crypto';
import { runCommandLine } from './cli.ts';
import type { Context } from './context.ts';
import { ExitCode, toExitCode } from './errors.ts';
import { systemClock } from './host/clock.ts';

const interrupt = new AbortController();
let exitCode: ExitCode = ExitCode.success;

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
    process.stderr.write('\nfinishing what is begun; press Ctrl-C again to stop at once\n');
    interrupt.abort();
  };
}

process.on('SIGINT', onSignal(ExitCode.interrupted));
process.on('SIGTERM', onSignal(ExitCode.terminated));

try {
  await runCommandLine(process.argv.slice(2), context);
  process.exitCode = exitCode;
} catch (error) {
  const json = process.argv.includes('--json');
  const { describeFailure, failureToJson } = await import('./output/failure.ts');
  const { styleFor } = await import('./output/style.ts');
  const style = styleFor(process.stderr, process.env, !process.argv.includes('--no-color'));
  process.stderr.write(json ? `${JSON.stringify(failureToJson(error))}\n` : describeFailure(error, style));
  process.exitCode = toExitCode(error);
}
