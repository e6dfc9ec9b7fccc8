import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './directory.ts';

/** A real socket, as an engine has one, on which this answers. */
export async function engineAt(listener: RequestListener): Promise<string> {
  const path = join(await temporaryDirectory(), 'docker.sock');
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

/** Programs that take part in the protocol, but not in the conversation. */
export const unhelpful = {
  'never answers': () => undefined,
  'answers headers, and then nothing': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[');
  },
  'never stops answering': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(2 ** 18, ' ');
    const more = () => {
      while (!response.destroyed && response.write(chunk)) {}
    };
    response.on('drain', more);
    more();
  },
} satisfies Record<string, RequestListener>;
