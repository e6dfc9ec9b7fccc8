import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { httpApi } from '../../../src/matrix/http-api.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { httpServer } from '../../fakes/http-server.ts';

/** The API of a server that answers so, with the clock that it waits by. */
async function apiOf(listener: RequestListener, interrupt = new AbortController().signal) {
  // It ends no connection by itself.
  const port = await httpServer(listener, { keepAliveTimeout: 0 });
  const clock = fakeClock();
  const begin = clock.now().getTime();
  return {
    api: httpApi(`http://127.0.0.1:${port}`, { 'x-key': 'k' }, { clock, interrupt }),
    waited: () => clock.now().getTime() - begin,
  };
}

const get = { method: 'GET', path: '/x' } as const;

test('a call must carry its body, its token and what every call bears, in headers', async () => {
  const { api } = await apiOf(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    const { authorization: as, 'x-key': key } = request.headers;
    response.end(JSON.stringify({ url: request.url, as, key, body }));
  });
  const call = { method: 'PUT', path: '/x?y=ä', body: { name: 'Zoë' }, token: new Secret('t') } as const;
  expect(await api({ ...call, path: '/x?y=1' })).toEqual({
    status: 200,
    body: { url: '/x?y=1', as: 'Bearer t', key: 'k', body: '{"name":"Zoë"}' },
  });
});

test('a refusal must be an answer', async () => {
  const { api } = await apiOf((_request, response) =>
    response.writeHead(404).end('{"errcode":"M_NOT_FOUND"}'),
  );
  expect(await api(get)).toEqual({ status: 404, body: { errcode: 'M_NOT_FOUND' } });
});

test('calls one after another must use one connection', async () => {
  const connections = new Set<unknown>();
  const { api } = await apiOf((request, response) => {
    connections.add(request.socket);
    response.end('{}');
  });
  await api(get);
  await api(get);
  expect(connections.size).toBe(1);
});

test('an idle connection must be ended soon, since a homeserver that stops waits for it', async () => {
  const ends: Promise<unknown>[] = [];
  const { api } = await apiOf((request, response) => {
    ends.push(once(request.socket, 'close'));
    response.end('{}');
  });
  await api(get);
  await Promise.all(ends);
  expect(ends).toHaveLength(1);
});

test('an answer must be waited for longer than an idle connection is kept', async () => {
  const { api } = await apiOf((_request, response) => void setTimeout(() => response.end('{}'), 600));
  expect((await api(get)).status).toBe(200);
});

describe('a homeserver that is asked too often', () => {
  /** Refuses so many times. */
  const limiting = (times: number, headers: Record<string, string>, body: object): RequestListener => {
    let refused = 0;
    return (_request, response) =>
      refused++ < times
        ? response.writeHead(429, headers).end(JSON.stringify(body))
        : response.end('{"done":true}');
  };

  test.each([
    ['its header', { 'retry-after': '3' }, { retry_after_ms: 100 }, 6000],
    ['its body', {}, { retry_after_ms: 2500 }, 5000],
    ['nothing', {}, {}, 2000],
  ])('must be given the time that it asks for by %s', async (_title, headers, body, milliseconds) => {
    const { api, waited } = await apiOf(limiting(2, headers, body));
    expect(await api(get)).toEqual({ status: 200, body: { done: true } });
    expect(waited()).toBe(milliseconds);
  });

  test('must not be asked without a break where it wants that', async () => {
    let asked = 0;
    const { api, waited } = await apiOf((_request, response) => {
      asked++;
      response.writeHead(429, { 'retry-after': '0.001' }).end('{}');
    });
    expect(await api(get)).toMatchObject({ status: 429 });
    expect(waited()).toBeLessThanOrEqual(60_000);
    expect(asked).toBeLessThanOrEqual(601);
  });

  test('must not be waited for longer than a minute', async () => {
    const { api, waited } = await apiOf(limiting(1, { 'retry-after': '333' }, {}));
    expect(await api(get)).toMatchObject({ status: 429 });
    expect(waited()).toBe(0);
  });
});

describe('no answer of Matrix must be told as that, and not as a bug', () => {
  test.each<[string, RequestListener]>([
    ['the page of a proxy', (_request, response) => response.writeHead(502).end('<html>Bad Gateway')],
    ['JSON that is no object', (_request, response) => response.end('"ok"')],
    ['a connection that breaks', (request) => request.socket.destroy()],
  ])('%s', async (_title, listener) => {
    const { api } = await apiOf(listener);
    await expect(api(get)).rejects.toMatchObject({ code: 'matrix.unreachable', exitCode: 1 });
  });
});

describe('a homeserver that fails for a moment', () => {
  /** Fails so many times, and then tells which request it has got. */
  const failingFirst = (times: number): RequestListener => {
    let failed = 0;
    return (request, response) =>
      failed++ < times
        ? response.writeHead(500).end('{"errcode":"M_UNKNOWN"}')
        : response.end(JSON.stringify({ url: request.url }));
  };
  const post = { method: 'POST', path: '/once' } as const;

  test('must be asked again what may be asked twice', async () => {
    const { api, waited } = await apiOf(failingFirst(10));
    expect(await api(get)).toEqual({ status: 200, body: { url: '/x' } });
    expect(waited()).toBe(3000);
  });

  test('must not be sent a POST again that says nothing of it', async () => {
    const { api } = await apiOf(failingFirst(1));
    expect((await api(post)).status).toBe(500);
  });

  test('must be sent what a POST says is to be sent in its place', async () => {
    const { api } = await apiOf(failingFirst(1));
    const retry = async () => ({ ...post, path: '/again' });
    expect(await api({ ...post, retry })).toEqual({ status: 200, body: { url: '/again' } });
  });

  test('must not be waited for longer than five seconds', async () => {
    const { api, waited } = await apiOf(failingFirst(1000));
    expect((await api(get)).status).toBe(500);
    expect(waited()).toBeLessThanOrEqual(5000);
  });
});
