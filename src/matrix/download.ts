import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CancelledError, messageOf, UserError } from '../errors.ts';
import { watchBounds } from '../host/bounds.ts';
import { request } from '../host/node-http.ts';
import { callerHeaders } from './caller-headers.ts';
import type { Homeserver } from './homeserver.ts';
import { keptToken } from './tool-session.ts';

/** How long a download may bring no data before it is given up. */
const patienceSeconds = 30;

/**
 * Saves a file of this server's media (client-server API, "Content repository"). Uses the stored session of the tool
 * account.
 *
 * @param file absolute path; nothing may exist there
 * @returns `false` when the homeserver does not provide the file: it is quarantined, or gone from the homeserver's
 * disk
 * @throws UserError when the answer breaks off or the file cannot be written; CancelledError at an interrupt.
 */
export async function downloadMedia(
  { origin, directory, stack, interrupt, registrationSecret }: Omit<Homeserver, 'api' | 'admin'>,
  mediaId: string,
  file: string,
): Promise<boolean> {
  const path = `/_matrix/client/v1/media/download/${stack.serverName}/${encodeURIComponent(mediaId)}`;
  const token = await keptToken(directory);
  try {
    const headers = { ...callerHeaders(registrationSecret), authorization: `Bearer ${token?.reveal()}` };
    const response = await get(`${origin}${path}`, headers, interrupt);
    if (response.statusCode !== 200) {
      // The body is not read: it may never end.
      response.destroy();
      return false;
    }
    await pipeline(response, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }));
    return true;
  } catch (cause) {
    if (cause instanceof CancelledError) {
      throw cause;
    }
    throw new UserError(`the file ${mediaId} could not be saved: ${messageOf(cause)}`, {
      code: 'matrix.download',
      cause,
    });
  }
}

function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const outgoing = request(url, { headers }, (response) => {
      answer = response;
      response.on('data', (chunk: Buffer) => watch.arrived(chunk.length)).pause();
      resolve(response);
    });
    const watch = watchBounds({ silence: patienceSeconds * 1000, signal }, (reason) =>
      (answer ?? outgoing).destroy(reason),
    );
    outgoing.on('close', watch.end);
    outgoing.on('error', reject);
    outgoing.end();
  });
}
