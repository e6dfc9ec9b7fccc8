import { describe, expect, test } from 'vitest';
import { judgeDocuments } from '../../../src/federation/judge-documents.ts';
import type { Fetched, NameLocation, Sighting } from '../../../src/federation/observed.ts';

const address = '203.0.113.7';
const wanted = {
  serverDocument: 'matrix.example.org:443' as string | undefined,
  clientUrl: 'https://matrix.example.org',
  notAt: [],
  isForClientsOnly: false,
};
const home: NameLocation = {
  host: 'example.org',
  addresses: [{ address, reach: 'public' }],
  refused: [],
  left: 0,
  failure: undefined,
  isAlias: false,
};
const open = { 'access-control-allow-origin': '*' };

function fetched(last: Partial<Sighting>, different: Partial<Fetched> = {}): Fetched {
  const sighting: Sighting = {
    address,
    port: 443,
    name: 'example.org',
    path: '/',
    certificate: undefined,
    failure: undefined,
    answer: undefined,
    at: 0,
    ...last,
  };
  return {
    address,
    url: 'https://example.org/x',
    trouble: undefined,
    last: sighting,
    redirects: [],
    ...different,
  };
}

const answer = (status: number, body: string, headers: Record<string, string> = open) =>
  fetched({ answer: { status, headers, body } });
const refused = (code: string, at = address) =>
  fetched({ address: at, failure: { stage: 'connect', code, message: code } }, { address: at });
const server = answer(200, '{"m.server": "matrix.example.org:443"}');
const client = answer(200, '{"m.homeserver": {"base_url": "https://matrix.example.org"}}');

const codes = (servers: Fetched[], clients: Fetched[], place = home, notAt: string[] = []) =>
  judgeDocuments({ home: place, servers, clients }, { ...wanted, notAt }).map(
    ({ code, verdict, document }) => `${document} ${code} ${verdict}`,
  );

test('two right documents must have no finding', () => {
  expect(codes([server], [client])).toEqual([]);
});

test('a slash at the end of base_url, and capitals in m.server, must be right too', () => {
  const slash = answer(200, '{"m.homeserver": {"base_url": "https://matrix.example.org/"}}');
  expect(codes([answer(200, '{"m.server": "Matrix.example.org:443"}')], [slash])).toEqual([]);
});

describe('the document for homeservers', () => {
  test.each<[string, Fetched, string]>([
    ['that is not there', answer(404, ''), 'server well-known-missing failed'],
    [
      'of another server',
      answer(200, '{"m.server": "old.org:443"}'),
      'server well-known-leads-elsewhere failed',
    ],
    [
      'without a port, which leads to 8448',
      answer(200, '{"m.server": "matrix.example.org"}'),
      'server well-known-leads-elsewhere failed',
    ],
    ['that is a page', answer(200, '<html>'), 'server well-known-json failed'],
    ['that an error is answered for', answer(500, ''), 'server well-known-status failed'],
    ['that nobody answers for', refused('ECONNREFUSED'), 'server well-known-unreachable failed'],
    [
      'by IPv6, which this host has not',
      refused('ENETUNREACH', '2001:db8::1'),
      'server ipv6-untested unverified',
    ],
  ])('%s must be told', (_, document, expected) => {
    expect(codes([document], [client])).toEqual([expected]);
  });
});

describe('the document for clients', () => {
  test.each<[string, Fetched, string]>([
    ['that is not there', answer(404, ''), 'client client-missing failed'],
    [
      'of another server',
      answer(200, '{"m.homeserver": {"base_url": "https://old.org"}}'),
      'client client-leads-elsewhere failed',
    ],
    ['that is a page', answer(200, '<html>'), 'client client-json failed'],
    [
      'that no browser may read',
      answer(200, '{"m.homeserver": {"base_url": "https://matrix.example.org"}}', {}),
      'client client-cors failed',
    ],
    ['that nobody answers for', refused('ECONNREFUSED'), 'client client-unreachable failed'],
  ])('%s must be told', (_, document, expected) => {
    expect(codes([server], [document])).toEqual([expected]);
  });
});

test('where there must be no document for homeservers, one that is there must be told', () => {
  const without = { ...wanted, serverDocument: undefined };
  const found = (document: Fetched) =>
    judgeDocuments({ home, servers: [document], clients: [client] }, without).map(({ code }) => code);
  expect(found(answer(404, ''))).toEqual([]);
  expect(found(server)).toEqual(['well-known-leads-elsewhere']);
});

test('a server name without an address must be told once', () => {
  expect(codes([], [], { ...home, addresses: [] })).toEqual(['both dns-no-address failed']);
});

test('a server name that leads to this server, which does not answer for it, must be told once', () => {
  expect(codes([refused('X')], [refused('X')], home, [address])).toEqual([
    'both server-name-leads-here failed',
  ]);
});

test('each address must be judged', () => {
  const second = { ...answer(404, ''), address: '203.0.113.8' };
  expect(codes([server, second], [client])).toEqual(['server well-known-missing failed']);
});

describe('where SRV records lead other homeservers', () => {
  const found = (servers: Fetched[], clients: Fetched[], place = home) =>
    judgeDocuments({ home: place, servers, clients }, { ...wanted, isForClientsOnly: true }).map(
      ({ code, verdict, document, remedy }) => [`${document} ${code} ${verdict}`, remedy],
    );
  const byHand = expect.stringContaining('enter https://matrix.example.org');

  test.each([
    ['no document', [answer(404, '')], [client], []],
    ['a document that leads here', [server], [client], []],
    ['a page in its place', [answer(200, '<html>')], [client], []],
    [
      'a silent site',
      [refused('ECONNREFUSED')],
      [refused('ECONNREFUSED')],
      ['client client-unreachable warning'],
    ],
    ['none for clients', [answer(404, '')], [answer(404, '')], ['client client-missing warning']],
  ])('%s must be no more than a hint about clients', (_, servers, clients, expected) => {
    expect(found(servers, clients)).toEqual(expected.map((each) => [each, byHand]));
  });

  test('a server name without an address must be a hint, too', () => {
    expect(found([], [], { ...home, addresses: [] })).toEqual([['client dns-no-address warning', byHand]]);
  });

  test('a document that leads to another server must be told, since it goes before the records', () => {
    expect(found([answer(200, '{"m.server": "old.example.org:443"}')], [client])).toEqual([
      ['server well-known-leads-elsewhere failed', expect.anything()],
    ]);
  });
});
