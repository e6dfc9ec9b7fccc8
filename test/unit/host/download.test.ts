import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { download } from '../../../src/host/download.ts';
import { issueFor, serveBy } from '../../fakes/tls-server.ts';

const issued = await issueFor('localhost');

/** Fetches `/start?token=secret` from a server that answers as told. */
async function fetchFrom(answer: RequestListener, roots: string | undefined = issued.authority) {
  const port = await serveBy(issued, answer);
  const interrupt = new AbortController().signal;
  const bounds = { bytes: 1000, interrupt, patience: 0.02, ...(roots !== undefined && { roots }) };
  return download(new URL(`https://localhost:${port}/start?token=secret`), bounds);
}

test('redirects must be followed, to other paths and with the whole answer', async () => {
  const text = await fetchFrom(({ url }, response) =>
    url === '/end' ? response.end('a text\n') : response.writeHead(302, { location: '/end' }).end(),
  );
  expect(text).toBe('a text\n');
});

test.each<[string, RequestListener, string]>([
  [
    'leads away from TLS',
    (_, response) => response.writeHead(301, { location: 'http://localhost/' }).end(),
    'https://',
  ],
  [
    'leads in a circle',
    (_, response) => response.writeHead(307, { location: '/start' }).end(),
    'redirects more than',
  ],
  ['has nothing', (_, response) => response.writeHead(404).end(), 'status 404'],
  ['redirects to nowhere', (_, response) => response.writeHead(302).end(), 'status 302'],
  ['answers too much', (_, response) => response.end('x'.repeat(1001)), 'longer than 1000 bytes'],
  ['is cut off', (_, response) => cutOff(response), 'ECONNRESET'],
  ['never answers', () => {}, 'no answer within 0.6 s'],
])(
  'a server that %s must be told of, without what is secret in the address',
  async (_title, answer, said) => {
    const failure = await fetchFrom(answer).catch((error) => error);
    expect(failure).toMatchObject({ code: 'download.failed', message: expect.stringContaining(said) });
    expect(failure.message).not.toContain('secret');
  },
);

function cutOff(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'content-length': 500 });
  response.write('half', () => response.socket?.destroy());
}
