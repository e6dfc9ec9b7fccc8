import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../../src/docker/dockerode-engine.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

/** An engine that runs commands: the connection of one is handed over, as the engine does it, to this. */
async function engine(run: (socket: Socket) => void, patience = 1) {
  const path = join(await temporaryDirectory(), 'docker.sock');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const request = data.toString();
      if (/^POST \/exec\/.+\/start/.test(request)) {
        socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
        run(socket);
      } else {
        socket.end(ok(/\/json/.test(request) ? '{"ExitCode":7}' : '{"Id":"e"}'));
      }
    });
  });
  onTestFinished(() => {
    server.close();
    sockets.forEach((socket) => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return connectEngine({ socketPath: path, namedBy: undefined }, { patience });
}

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test('a command must give all that it writes, of either stream, and how it ended', async () => {
  const long = 'x'.repeat(500_000);
  const { exec } = await engine((socket) => {
    socket.write(frame(1, long));
    socket.write(frame(2, 'oh'));
    socket.end(frame(1, 'end'));
  });
  expect(await exec('c', { command: ['a'] })).toEqual({ exitCode: 7, stdout: `${long}end`, stderr: 'oh' });
});

test('a command that never ends must be given up', async () => {
  const { exec } = await engine(() => undefined, 0.005);
  await expect(exec('c', { command: ['a'] })).rejects.toThrow(
    'Docker does not answer: no answer within 0.3 s',
  );
});

test('a command must end with the signal', async () => {
  const interrupt = new AbortController();
  const { until } = await engine(() => interrupt.abort());
  await expect(until(interrupt.signal).exec('c', { command: ['a'] })).rejects.toMatchObject({
    exitCode: 130,
  });
});
