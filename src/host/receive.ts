import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { answerBytes, type Bounds, watchBounds } from './bounds.ts';

/** An answer, read to its end. */
export interface Received {
  readonly status: number;
  /** By name in lower case. The values of a repeated header are joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The connection that it came by. */
  readonly socket: Socket;
}

/**
 * Sends a request, and reads the whole answer.
 *
 * @throws the error of the connection; BoundsError if the answer is not complete in time, or is too long;
 *   CancelledError when the signal of the bounds has fired
 */
export async function receive(
  outgoing: ClientRequest,
  { body, ...bounds }: Bounds & { body?: string },
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const watch = watchBounds({ bytes: answerBytes, ...bounds }, (reason) => {
      reject(reason);
      outgoing.destroy();
    });
    outgoing.on('close', watch.end);
    outgoing.on('error', reject);
    // No upgrade was requested. Without this listener, node:http would end the connection without an error.
    outgoing.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`status ${statusCode}, which is no answer`));
    });
    // The request only asks whether the server would accept a body, and sends none.
    outgoing.on('continue', () => {
      resolve({ status: 100, headers: {}, socket: outgoing.socket as Socket, body: '' });
      outgoing.destroy();
    });
    outgoing.on('response', (response) => {
      const { statusCode: status = 0, socket } = response;
      // The only header that node:http returns as a list.
      const { 'set-cookie': cookies, ...others } = response.headers;
      const headers = { ...others, 'set-cookie': cookies?.join(', ') };
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        watch.arrived(chunk.length);
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status, headers, socket, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.end(body);
  });
}
