import { request } from 'node:https';
import type { Answer } from '../components/component.ts';

export const patienceMilliseconds = 5000;

/** What a connection fails with on which nothing comes. */
export function noAnswer(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}

export interface Ask {
  /** Where to connect to. */
  readonly address: string;
  readonly port: number;
  /** Who is asked for: by SNI, by the Host header, and by the name in the certificate. */
  readonly name: string;
  /** Sent as it is. */
  readonly path: string;
  /** PEM of the roots to trust; the public ones when absent. */
  readonly roots: string | undefined;
  /** Is a certificate by an authority that nobody trusts good enough? */
  readonly trustAnybody?: boolean | undefined;
}

/**
 * Asks a web server by a name at an address, following nothing.
 *
 * @throws what the connection fails with, and when nothing comes within 5 seconds.
 */
export async function askHttps({ address, port, name, path, roots, trustAnybody }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: address,
        port,
        path,
        servername: name,
        headers: { host: port === 443 ? name : `${name}:${port}` },
        ca: roots,
        rejectUnauthorized: trustAnybody !== true,
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const headers = response.headers as Answer['headers'];
          resolve({ status: response.statusCode ?? 0, headers, body });
        });
      },
    );
    outgoing.setTimeout(patienceMilliseconds, () => outgoing.destroy(noAnswer()));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
