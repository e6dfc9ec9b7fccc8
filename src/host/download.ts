import { request } from 'node:https';
import { CancelledError, UserError } from '../errors.ts';
import { type RunBounds, reasonOf } from './bounds.ts';
import { lookUp } from './look-up.ts';
import { type Received, receive } from './receive.ts';

const patienceMilliseconds = 30_000;
const mostRedirects = 5;

/**
 * Downloads the text at an https URL. Follows redirects, to https only.
 *
 * @param bytes maximum length of the text
 * @param roots PEM of the CA certificates to trust in place of the public ones
 * @throws UserError with the reason; it leaves out the URL's user and query, which may be secret. CancelledError when
 *   interrupted
 */
export async function download(
  url: URL,
  { bytes, roots, interrupt, patience = 1 }: RunBounds & { readonly bytes: number; readonly roots?: string },
): Promise<string> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    if (at.protocol !== 'https:') throw failure(url, `it leads to ${at.protocol}//, and not to https://`);
    const outgoing = request(at, { agent: false, lookup: lookUp, ca: roots });
    const bounds = { within: patienceMilliseconds * patience, bytes, signal: interrupt };
    const answer = await receive(outgoing, bounds).catch((error) => {
      throw error instanceof CancelledError ? error : failure(url, reasonOf(error), error);
    });
    if (answer.status === 200) return answer.body;
    at = redirectOf(answer, at) ?? refuse(url, answer.status);
  }
  throw failure(url, `it redirects more than ${mostRedirects} times`);
}

function redirectOf({ status, headers }: Received, from: URL): URL | undefined {
  const { location } = headers;
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  return isRedirect && location !== undefined && URL.canParse(location, from.href)
    ? new URL(location, from)
    : undefined;
}

function refuse(url: URL, status: number): never {
  throw failure(url, `the answer was status ${status}`);
}

function failure({ origin, pathname }: URL, reason: string, cause?: unknown): UserError {
  return new UserError(`${origin}${pathname} could not be fetched: ${reason}`, {
    code: 'download.failed',
    hint: 'Nothing was changed. Check the address and the network, then run the command again.',
    cause,
  });
}
