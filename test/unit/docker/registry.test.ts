import type { RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Registry } from '../../../src/docker/registry.ts';
import { httpServer } from '../../fakes/http-server.ts';
import { issueFor, serveBy } from '../../fakes/tls-server.ts';

const issued = await issueFor('localhost');
const digest = `sha256:${'0'.repeat(64)}`;

/** A registry on this machine that answers as told, and what it was asked. */
async function registryWith(answer: RequestListener, patience = 1) {
  const asked: string[] = [];
  const port = await serveBy(issued, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  const registry = new Registry(`localhost:${port}`, {
    certificates: issued.authority,
    interrupt: new AbortController().signal,
    now: () => new Date('2026-11-29T04:00:00Z'),
    patience,
  });
  onTestFinished(() => registry.close());
  return { registry, asked, port };
}

test('all pages of tags must be read, from the same registry', async () => {
  const pages: Record<string, { tags: string[] | null; next?: string }> = {
    '/v2/a/b/tags/list?n=1000': { tags: ['1.0', '1.1'], next: '/v2/a/b/tags/list?last=1.1&n=2' },
    '/v2/a/b/tags/list?last=1.1&n=2': {
      tags: ['1.2'],
      next: 'https://elsewhere.example/v2/a/b/tags/list?n=3',
    },
    '/v2/a/b/tags/list?n=3': { tags: null },
  };
  const { registry } = await registryWith((request, response) => {
    const page = pages[request.url ?? ''];
    if (page?.next !== undefined) response.setHeader('link', `<${page.next}>; rel="next"`);
    response.writeHead(page === undefined ? 404 : 200).end(JSON.stringify({ name: 'a/b', tags: page?.tags }));
  });
  expect(await registry.repository('a/b').tags()).toEqual(['1.0', '1.1', '1.2']);
});

test('pages without an end must be refused', async () => {
  const { registry, asked } = await registryWith((_request, response) => {
    response.setHeader('link', '</v2/a/tags/list?n=1>; rel="next"');
    response.end('{"tags":["1"]}');
  });
  await expect(registry.repository('a').tags()).rejects.toThrow('pages');
  expect(asked.length).toBeLessThanOrEqual(100);
});

test('a digest must be asked for by HEAD, for images of several platforms too', async () => {
  const { registry, asked } = await registryWith((request, response) => {
    const isIndex = request.headers.accept?.includes('application/vnd.oci.image.index.v1+json');
    const isKnown = request.url?.endsWith('/1.0');
    response
      .writeHead(isKnown && isIndex ? 200 : 404, isKnown ? { 'docker-content-digest': digest } : {})
      .end();
  });
  const repository = registry.repository('a');
  expect(await repository.digest('1.0')).toBe(digest);
  expect(await repository.digest('2.0')).toBeUndefined();
  expect(asked).toEqual(['HEAD /v2/a/manifests/1.0', 'HEAD /v2/a/manifests/2.0']);
});

test('one token must do for all questions about an image, also at the same time', async () => {
  const { registry, asked } = await registryWith((request, response) => {
    const { host, authorization } = request.headers;
    if (request.url?.startsWith('/token')) return response.end('{"token":"abc"}');
    if (authorization === 'Bearer abc') return response.end('{"tags":["1"]}');
    const challenge = `Bearer realm="https://${host}/token",service="s",scope="repository:a:pull"`;
    return response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  const repository = registry.repository('a');
  await Promise.all([repository.tags(), repository.tags()]);
  await repository.tags();
  expect(asked.filter((line) => line.includes('/token'))).toEqual([
    'GET /token?service=s&scope=repository%3Aa%3Apull',
  ]);
});

test('a rate limit must end all questions to the registry, and say for how long', async () => {
  const { registry, asked } = await registryWith((_request, response) =>
    response.writeHead(429, { 'retry-after': '120' }).end(),
  );
  await expect(registry.repository('a').tags()).rejects.toMatchObject({ retryAfter: 120 });
  await expect(registry.repository('b').digest('1')).rejects.toThrow('rate limit, for 120 s');
  expect(asked).toHaveLength(1);
});

test.each<[string, RequestListener, string]>([
  ['wants a password', (_, response) => response.writeHead(401).end(), 'password'],
  ['knows no such image', (_, response) => response.writeHead(404).end(), 'no image a'],
  ['is a portal in between', (_, response) => response.end('<html>'), 'no list of the tags'],
  ['fails', (_, response) => response.writeHead(503).end(), 'status 503'],
  ['answers without an end', (_, response) => flood(response), 'longer than 4 MiB'],
  ['hangs up', (request) => request.socket.destroy(), 'ECONNRESET'],
  [
    'sends others to another place without TLS for a token',
    (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://elsewhere.example/"' }).end(),
    'https',
  ],
])('a registry that %s must be told of', async (_title, answer, said) => {
  const { registry } = await registryWith(answer);
  await expect(registry.repository('a').tags()).rejects.toThrow(said);
});

test('a registry that never answers must not be waited for', async () => {
  const { registry } = await registryWith(() => {}, 0.01);
  await expect(registry.repository('a').tags()).rejects.toThrow('no answer within 0.2 s');
});

test('a registry whose certificate nobody trusts must not be believed', async () => {
  const { port } = await registryWith((_request, response) => response.end('{"tags":["1"]}'));
  const stranger = new Registry(`localhost:${port}`, {
    interrupt: new AbortController().signal,
    now: () => new Date(),
  });
  await expect(stranger.repository('a').tags()).rejects.toThrow(/SELF_SIGNED|UNABLE_TO/);
});

test('a registry on this machine may be without TLS, as for the engine', async () => {
  const port = await httpServer((_request, response) => response.end('{"tags":["1"]}'));
  const registry = new Registry(`127.0.0.1:${port}`, {
    interrupt: new AbortController().signal,
    now: () => new Date(),
  });
  expect(await registry.repository('a').tags()).toEqual(['1']);
});

function flood(response: Parameters<RequestListener>[1]): void {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(2 ** 16)));
  };
  response.on('drain', more);
  more();
}
