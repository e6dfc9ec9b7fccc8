import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * An HTTP server on 127.0.0.1; gone when the test has ended.
 *
 * @returns its port
 */
export function httpServer(listener: RequestListener, options: ServerOptions = {}): Promise<number> {
  return untilTestEnds(createServer(options, listener));
}

/** Has a server listen on 127.0.0.1 until the test has ended. @returns its port */
export async function untilTestEnds(server: Server | TlsServer): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
