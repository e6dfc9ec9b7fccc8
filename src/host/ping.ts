import { request as requestSecure } from 'node:https';
import { UserError } from '../errors.ts';
import { BoundsError } from './bounds.ts';
import { request as requestPlain } from './node-http.ts';
import { receive } from './receive.ts';

const patienceMilliseconds = 10_000;
const answerBytes = 2 ** 20;

/**
 * Sends a GET request to a URL as a notification, and ignores the content of the answer. Does not follow redirects.
 *
 * @throws UserError with the reason if the status is not 2xx; it leaves out the URL, which may contain a token
 */
export async function ping(url: URL, patience = 1): Promise<void> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const status = await receive(request(url, { agent: false }), {
    within: patienceMilliseconds * patience,
    bytes: answerBytes,
  }).then(
    (answer) => answer.status,
    (error) => {
      throw unheard(reasonOf(error), error);
    },
  );
  if (status < 200 || status > 299) throw unheard(`status ${status}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof BoundsError) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed';
}

function unheard(reason: string, cause?: unknown): UserError {
  return new UserError(`the ping failed: ${reason}`, { code: 'ping.failed', cause });
}
