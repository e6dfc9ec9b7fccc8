import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const clientApi = '/_matrix/client/versions';
const limitSeconds = 120;

/** Asks every 50 ms until the answer is yes. */
export async function untilTrue(ask: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitSeconds * 1000)]);
  while (!(await ask())) {
    await sleep(50, undefined, { signal: limit });
  }
}

/** Asks the client API of a homeserver once, through TLS, at a port of this machine. */
export async function clientApiAnswers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: clientApi, headers: { host }, timeout: 5000 };
    // The certificate is the proxy's own, as everywhere before a public one is there.
    const outgoing = request({ ...options, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}
