import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import type { ExecResult } from './engine.ts';

/** Runs a command in a running container, with its standard input from us. */
export async function execIn(docker: Docker, id: string, command: string[], input = ''): Promise<ExecResult> {
  const started = await docker.getContainer(id).exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await started.start({ hijack: true, stdin: true });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve).once('close', resolve).once('error', reject);
  });
  stream.end(input);
  await ended;
  const { ExitCode } = await started.inspect();
  return { exitCode: ExitCode ?? 1, stdout: buffered(stdout), stderr: buffered(stderr) };
}

function buffered(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString('utf8') ?? '';
}
