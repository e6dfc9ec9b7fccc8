import type { AddressInfo } from 'node:net';
import { PreflightError } from '../errors.ts';
import { bracketed } from '../identifiers/host-name.ts';
import { createServer } from './node-http.ts';

/** What is answered at a path. */
export interface ServedFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** A web server of this process. */
export interface Serving {
  /** Without a slash at its end. */
  readonly url: string;
  /** Stops the server, and closes its connections. */
  close(): void;
}

/** As much as a browser needs. */
const mostConnections = 32;

/**
 * Serves files without TLS at one address of this host. Uses only the method and the path of a request.
 *
 * @throws PreflightError if the port is not available
 */
export async function serveFiles(
  files: Readonly<Record<string, ServedFile>>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<Serving> {
  const server = createServer({ requestTimeout: 10_000 }, ({ method, url = '' }, response) => {
    const file = Object.hasOwn(files, url) ? files[url] : undefined;
    const isRead = method === 'GET' || method === 'HEAD';
    if (file === undefined || !isRead) {
      response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain' }).end('Not here.\n');
      return;
    }
    response
      .writeHead(200, {
        'content-type': file.type,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .end(method === 'HEAD' ? undefined : file.body);
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new PreflightError(`port ${port} of ${address} cannot be had (${cause.code})`, {
          code: 'certificates.port',
          hint: 'Choose another one with --port.',
          cause,
        }),
      ),
    );
    server.listen({ port, host: address }, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${bracketed(address)}:${actual}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
