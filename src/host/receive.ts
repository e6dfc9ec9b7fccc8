import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** An answer, read to its end. */
export interface Received {
  readonly status: number;
  /** By name in small letters; one that came more than once is joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The connection that it came by. */
  readonly socket: Socket;
}

/** What a connection fails with on which nothing comes. */
export function noAnswer(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

/**
 * Sends a request, and reads the whole answer.
 *
 * @param within milliseconds that all of it may take
 * @throws what the connection fails with; ETIMEDOUT when the answer is not whole in time.
 */
export async function receive(
  outgoing: ClientRequest,
  { within, body }: { within: number; body?: string },
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      reject(noAnswer());
      outgoing.destroy();
    }, within);
    outgoing.on('close', () => clearTimeout(deadline));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const { statusCode: status = 0, socket } = response;
      // The one that node:http leaves in parts.
      const { 'set-cookie': cookies, ...others } = response.headers;
      const headers = { ...others, 'set-cookie': cookies?.join(', ') };
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status, headers, socket, body: text }));
    });
    outgoing.end(body);
  });
}
