import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { answersInside } from '../../../src/components/synapse/client-probe.ts';

/** The exit code of the program that asks from inside the container, of a homeserver that answers so. */
async function ask(status: number, body: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { command } = answersInside as Extract<typeof answersInside, { kind: 'exec' }>;
  const [program = '', ...argv] = command.slice(0, -1);
  return new Promise((resolve) => {
    const asking = execFile(program, [...argv, `http://127.0.0.1:${port}/`]);
    asking.on('close', (exitCode) => resolve(exitCode ?? -1));
  });
}

test.each([
  ['versions', 200, '{"versions":[]}', 0],
  ['an error of its own, which it will go on giving', 500, 'no', 22],
  ['something else', 200, '{}', 1],
])('a homeserver that answers with %s must be told from others', async (_, status, body, exitCode) => {
  expect('ownErrorCode' in answersInside && answersInside.ownErrorCode).toBe(22);
  expect(await ask(status, body)).toBe(exitCode);
});
