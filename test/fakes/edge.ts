import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';

/** What answers behind a published port: TLS with the deployment's own certificate, and the client API while it is up. */
export function fakeEdge(isUp: () => boolean) {
  let server: Server | undefined;
  const close = async () => {
    const closing = server;
    server = undefined;
    closing?.closeAllConnections();
    await new Promise((resolve) => (closing === undefined ? resolve(undefined) : closing.close(resolve)));
  };
  return {
    close,
    /** @param pair the files of the certificate and its key. */
    async listen(pair: { certificate: string; key: string }, port: number) {
      await close();
      const [cert, key] = await Promise.all([readFile(pair.certificate, 'utf8'), readFile(pair.key, 'utf8')]);
      server = createServer({ cert, key }, (_request, response) => {
        response.writeHead(isUp() ? 200 : 502).end(isUp() ? '{"versions":["v1.12"]}' : 'Bad Gateway');
      });
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    },
  };
}

export type FakeEdge = ReturnType<typeof fakeEdge>;
