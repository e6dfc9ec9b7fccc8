import { describe, expect, test } from 'vitest';
import { describeDelegation } from '../../../src/components/delegation.ts';
import type { Answer } from '../../../src/components/questions.ts';
import { expectations } from '../../../src/components/synapse/expectations.ts';

const edge = { address: '0.0.0.0', httpsPort: 443 };
const names = { server_name: 'example.org', host: 'matrix.example.org' };
const context = {
  serverName: names.server_name,
  host: names.host,
  edge,
  delegation: describeDelegation(names, edge),
  image: (tag: string) => tag,
  databaseImage: () => '',
  bundle: () => undefined,
  homeserverOptions: {},
  registrations: [],
  predecessors: () => [],
};

const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };

/** What is said of an answer to the first expectation of a path. */
function judge(path: string, answer: Partial<Answer>): string | undefined {
  const expectation = expectations(context, 1000).find((each) => each.path === path);
  if (expectation === undefined) {
    throw new Error(`nothing is expected of ${path}`);
  }
  return expectation.judge({ status: 200, headers, body: '{}', ...answer }, new Date(0));
}

describe('the client API must', () => {
  const path = '/_matrix/client/versions';
  test.each<[string, Partial<Answer>, string | undefined]>([
    ['pass with its versions', { body: '{"versions":[]}' }, undefined],
    ['fail with another status', { status: 502 }, 'status 502'],
    ['fail as a page', { headers: { 'content-type': 'text/html' } }, 'the content type text/html'],
    ['fail when it is no JSON', { body: '<html>' }, 'no JSON object'],
    ['fail when it is null', { body: 'null' }, 'no JSON object'],
    [
      'fail where no browser may read it',
      { headers: { 'content-type': 'application/json' } },
      'access-control-allow-origin is missing',
    ],
    ['fail without versions', {}, 'no versions'],
  ])('%s', (_, answer, objection) => {
    expect(judge(path, answer)).toBe(objection);
  });
});

test.each([
  ['/.well-known/matrix/client', '{"m.homeserver":{"base_url":"https://matrix.example.org/"}}', undefined],
  ['/.well-known/matrix/client', '{}', 'undefined in place of https://matrix.example.org/'],
  ['/.well-known/matrix/server', '{"m.server":"example.org:443"}', undefined],
  ['/.well-known/matrix/server', '{"m.server":"example.org"}', 'example.org in place of example.org:443'],
  ['/_matrix/key/v2/server', '{"server_name":"evil.example"}', 'they are the keys of evil.example'],
])('%s with %s must be judged as %s', (path, body, objection) => {
  expect(judge(path, { body })).toBe(objection);
});

test.each<[Partial<Answer>, string | undefined]>([
  [{ status: 404, body: '404 page not found' }, undefined],
  [{ status: 404, body: '{"errcode":"M_UNRECOGNIZED"}' }, 'it answers with status 404'],
  [{ status: 401, body: '{"errcode":"M_MISSING_TOKEN"}' }, 'it answers with status 401'],
  [{ status: 200, body: '{"server_version":"1"}' }, 'it answers with status 200'],
])('the admin API must not be what answers with %j', (answer, objection) => {
  expect(judge('/_synapse/admin/v1/server_version', answer)).toBe(objection);
});

test.each<[Partial<Answer>, string | undefined]>([
  [{ status: 404, body: '{"error":"Room alias #a/b:example.org not found"}' }, undefined],
  [{ status: 404, body: '{"errcode":"M_UNRECOGNIZED"}' }, 'status 404'],
  [{ status: 400, body: '' }, 'status 400'],
])('an encoded path must have arrived as it was meant when the answer is %j', (answer, objection) => {
  expect(judge('/_matrix/client/v3/directory/room/%23a%2Fb%3Aexample.org', answer)).toBe(objection);
});

test('a server on another port must not be expected to federate', () => {
  const elsewhere = { ...context, edge: { ...edge, httpsPort: 8443 } };
  const paths = expectations(elsewhere, 1000).map(({ path }) => path);
  expect(paths).not.toContain('/.well-known/matrix/server');
  expect(paths).not.toContain('/_matrix/key/v2/server');
});

test('where a site elsewhere answers on the server name, nothing must be expected of us there', () => {
  const delegation = describeDelegation({ ...names, delegation: 'elsewhere' }, edge);
  const found = expectations({ ...context, delegation }, 1000);
  expect(new Set(found.map(({ host }) => host))).toEqual(new Set(['matrix.example.org']));
  expect(found.map(({ path }) => path)).toContain('/_matrix/key/v2/server');
});

test('where others come to port 8448, the keys must be there', () => {
  const delegation = describeDelegation({ ...names, delegation: 'port-8448' }, edge);
  const found = expectations({ ...context, delegation }, 1000);
  expect(found.find(({ path }) => path === '/_matrix/key/v2/server')).toMatchObject({
    host: 'example.org',
    port: 8448,
  });
  expect(found.map(({ path }) => path)).not.toContain('/.well-known/matrix/server');
});

test('where SRV records lead others, the keys must be at the host, with the server name', () => {
  const way = { ...names, delegation: 'srv' } as const;
  const delegation = describeDelegation(way, { ...edge, certifiesElsewhere: true });
  const found = expectations({ ...context, delegation }, 1000);
  expect(found.find(({ path }) => path === '/_matrix/key/v2/server')).toMatchObject({
    host: 'example.org',
    at: 'matrix.example.org',
  });
  expect(new Set(found.map(({ host, at = host }) => at))).toEqual(new Set(['matrix.example.org']));
  expect(found.map(({ path }) => path)).not.toContain('/.well-known/matrix/server');
});

test.each<[Partial<Answer>, string | undefined]>([
  [{ status: 503, body: '<html>' }, undefined],
  [{ status: 200, body: '<html>a site</html>' }, undefined],
  [{ status: 401, body: '{"errcode":"M_MISSING_TOKEN"}' }, 'it answers with status 401'],
  [{ status: 200, body: '{"server_version":"1.163.2"}' }, 'it answers with status 200'],
])('the admin API must be no more than what another proxy answers itself: %o', (answer, objection) => {
  const behind = {
    ...context,
    edge: { ...edge, behind: { kind: 'host-proxy', address: '127.0.0.1', port: 8008 } as const },
  };
  const closed = expectations(behind, 1000).find(({ path }) => path.startsWith('/_synapse/admin'));
  expect(closed?.judge({ status: 200, headers, body: '', ...answer }, new Date(0))).toBe(objection);
});

test('behind a Traefik that is there already, it must take the largest upload', () => {
  const behind = { kind: 'traefik', network: 'proxy' } as const;
  const found = expectations({ ...context, edge: { ...edge, behind } }, 1000);
  const upload = found.find(({ announces }) => announces === 1000);
  const judge = (status: number) => upload?.judge({ status, headers: {}, body: '' }, new Date());
  expect(judge(100)).toBeUndefined();
  expect(judge(413)).toContain('1000 bytes');
});
