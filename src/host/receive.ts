import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { answerBytes, type Bounds, watchBounds } from './bounds.ts';

/** An answer, read to its end. */
export interface Received {
  readonly status: number;
  /** By name in small letters; one that came more than once is joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The connection that it came by. */
  readonly socket: Socket;
}

/**
 * Sends a request, and reads the whole answer.
 *
 * @throws what the connection fails with; BoundsError for an answer that is not whole in time or too long, CancelledError
 *   when the signal of its bounds fired.
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
    // Nobody asked for another protocol; node:http would end such a connection without a word.
    outgoing.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`status ${statusCode}, which is no answer`));
    });
    // A request that asks whether a body would be taken sends none.
    outgoing.on('continue', () => {
      resolve({ status: 100, headers: {}, socket: outgoing.socket as Socket, body: '' });
      outgoing.destroy();
    });
    outgoing.on('response', (response) => {
      const { statusCode: status = 0, socket } = response;
      // The one that node:http leaves in parts.
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
