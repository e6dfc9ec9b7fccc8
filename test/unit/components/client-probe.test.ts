import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { answersInside } from '../../../src/components/synapse/client-probe.ts';
import { httpServer } from '../../fakes/http-server.ts';

const { command, ownErrorCode } = answersInside as Extract<typeof answersInside, { kind: 'exec' }>;

/** The exit code of the program that asks from inside the container, of a homeserver that answers so. */
async function ask(status: number, body: string): Promise<number> {
  const port = await httpServer((_, response) => response.writeHead(status).end(body));
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
  expect(ownErrorCode).toBe(22);
  expect(await ask(status, body)).toBe(exitCode);
});
