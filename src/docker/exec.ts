import { once } from 'node:events';
import type Docker from 'dockerode';
import type { ExecResult } from './engine.ts';
import { demultiplexed, type OutputStream } from './output.ts';

/** Runs a command in a running container, with `input` as its standard input. */
export async function execIn(docker: Docker, id: string, command: string[], input = ''): Promise<ExecResult> {
  const started = await docker.getContainer(id).exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await started.start({ hijack: true, stdin: true });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(input);
  // Rejects with the reason where the connection is destroyed.
  await once(stream, 'close');
  const { ExitCode } = await started.inspect();
  const text = (output: OutputStream) => demultiplexed(Buffer.concat(chunks), output);
  return { exitCode: ExitCode ?? 1, stdout: text('stdout'), stderr: text('stderr') };
}
