import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/federation/judge.ts';
import { clockDifference } from '../../../src/federation/judge-federation.ts';
import type { Fetched, NameLocation, ObservedServer, Sighting } from '../../../src/federation/observed.ts';
import { chooseRoute } from '../../../src/federation/route.ts';
import { canonicalJson } from '../../../src/federation/server-keys.ts';
import { parseServerName, type ServerName } from '../../../src/identifiers/server-name.ts';

const now = Date.UTC(2026, 10, 29);
const day = 24 * 3600 * 1000;
const server = parseServerName('example.org') as ServerName;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function keyDocument(): string {
  const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('base64');
  const document = {
    server_name: 'example.org',
    valid_until_ts: now + day,
    verify_keys: { 'ed25519:a': { key } },
  };
  const signature = sign(null, Buffer.from(canonicalJson(document)), privateKey).toString('base64');
  return JSON.stringify({ ...document, signatures: { 'example.org': { 'ed25519:a': signature } } });
}

const certificate = {
  subject: 'example.org',
  issuer: 'A CA',
  names: 'DNS:example.org',
  validUntil: now + 60 * day,
  distrust: undefined,
  isForName: true,
};

function sighting(status: number, body: string | object, different: Partial<Sighting> = {}): Sighting {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'access-control-allow-origin': '*', date: new Date(now).toUTCString() };
  return {
    address: '203.0.113.7',
    port: 8448,
    name: 'example.org',
    path: '/',
    certificate,
    failure: undefined,
    answer: { status, headers, body: text },
    at: now,
    ...different,
  };
}

function fetched(last: Sighting, different: Partial<Fetched> = {}): Fetched {
  return {
    address: last.address,
    url: 'https://example.org/x',
    trouble: undefined,
    last,
    redirects: [],
    ...different,
  };
}

const failed = (stage: 'connect' | 'tls' | 'answer', code: string, address = '203.0.113.7') =>
  sighting(0, '', {
    address,
    answer: undefined,
    failure: { stage, code, message: `it failed with ${code}` },
    ...(stage === 'answer' ? {} : { certificate: undefined }),
  });

const place: NameLocation = {
  host: 'example.org',
  addresses: [{ address: '203.0.113.7', reach: 'public' }],
  refused: [],
  left: 0,
  failure: undefined,
  isAlias: false,
};
const target = { host: 'example.org', port: 8448 };
const sight = {
  target,
  keys: sighting(200, keyDocument()),
  version: sighting(200, { server: { name: 'Synapse', version: '1.163.2' } }),
  encoded: sighting(401, { errcode: 'M_UNAUTHORIZED' }),
};
const api = {
  versions: sighting(200, { versions: [] }, { port: 443 }),
  encoded: sighting(404, { errcode: 'M_NOT_FOUND', error: 'no #a/b' }, { port: 443 }),
};
const none = { fed: { records: [] }, legacy: { records: [] } };
const right: ObservedServer = {
  server,
  home: place,
  delegations: [fetched(sighting(404, '', { port: 443 }))],
  route: chooseRoute(server, false, none),
  places: [place],
  federation: [sight],
  client: {
    documents: [fetched(sighting(200, { 'm.homeserver': { base_url: 'https://example.org/' } }))],
    baseUrl: 'https://example.org',
    place,
    api: [api],
    calls: [],
  },
  admin: [sighting(404, 'nothing here')],
  isOwn: false,
};

function found(different: Partial<ObservedServer>): string[] {
  return judge({ ...right, ...different }).findings.map(({ code, verdict }) =>
    verdict === 'failed' ? code : `${verdict} ${code}`,
  );
}

test('a server that is right must have nothing to be told, and be described', () => {
  expect(judge(right)).toMatchObject({
    findings: [],
    serverName: 'example.org',
    addresses: [{ place: '203.0.113.7:8448 for example.org', ok: true }],
    software: 'Synapse 1.163.2',
    keys: ['ed25519:a'],
    clockMilliseconds: 0,
    baseUrl: 'https://example.org',
    calls: [],
  });
});

describe('a connection', () => {
  test.each([
    [failed('connect', 'ECONNREFUSED'), 'connect-refused'],
    [failed('connect', 'ETIMEDOUT'), 'connect-timeout'],
    [failed('connect', 'EHOSTUNREACH'), 'connect-failed'],
    [failed('connect', 'ENETUNREACH', '2001:db8::7'), 'unverified ipv6-untested'],
    [failed('connect', 'ENETUNREACH'), 'connect-failed'],
    [failed('tls', 'ECONNRESET'), 'tls-failed'],
    [failed('tls', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'tls-none'],
    [failed('tls', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'tls-old'],
    [failed('answer', 'ECONNRESET'), 'keys-unreachable'],
  ])('that failed so must be called %#: %s', (keys, code) => {
    expect(found({ federation: [{ ...sight, keys }] })).toEqual([code]);
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'tls-expired'],
    ['CERT_NOT_YET_VALID', 'tls-not-yet-valid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-self-signed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-chain'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
    ['CERT_REVOKED', 'tls-untrusted'],
  ])('with a certificate of which is said %s must be called %s', (distrust, code) => {
    const keys = { ...sight.keys, certificate: { ...certificate, distrust } };
    expect(found({ federation: [{ ...sight, keys }] })).toEqual([code]);
  });

  test('must be told both that its certificate has expired and that it is for another name', () => {
    const keys = {
      ...sight.keys,
      certificate: { ...certificate, distrust: 'CERT_HAS_EXPIRED', isForName: false },
    };
    expect(found({ federation: [{ ...sight, keys }] })).toEqual(['tls-expired', 'tls-wrong-name']);
  });

  test('must be warned of a certificate that was not renewed', () => {
    const keys = { ...sight.keys, certificate: { ...certificate, validUntil: now + 5 * day } };
    expect(found({ federation: [{ ...sight, keys }] })).toEqual(['warning tls-expires-soon']);
  });
});

describe('an encoded path', () => {
  test.each([
    [sighting(404, { errcode: 'M_UNRECOGNIZED' }), ['encoded-path']],
    [sighting(400, 'Bad Request'), ['encoded-path']],
    [sighting(404, { errcode: 'M_NOT_FOUND', error: 'no #a%2Fb' }), ['encoded-path']],
    [sighting(429, { errcode: 'M_LIMIT_EXCEEDED' }), ['unverified encoded-path']],
    [sighting(401, { errcode: 'M_MISSING_TOKEN' }), []],
    [sighting(200, {}), []],
  ])('must be judged by its answer: %#', (encoded, codes) => {
    expect(found({ federation: [{ ...sight, encoded }] })).toEqual(codes);
  });
});

test('two addresses with different keys must be told', () => {
  const other = sighting(200, { ...JSON.parse(keyDocument()), verify_keys: { 'ed25519:b': { key: 'x' } } });
  expect(found({ federation: [sight, { ...sight, keys: other }] })).toContain('keys-differ');
});

describe('the document that delegates', () => {
  const other = { address: '2001:db8::7', port: 443 };
  const named = fetched(sighting(200, { 'm.server': 'example.org:8448' }));

  test('must be a note where it is not reached and all works without it, and a fault where another address has it', () => {
    const gone = fetched(failed('connect', 'ECONNREFUSED'));
    expect(found({ delegations: [gone] })).toEqual(['warning well-known-unreachable']);
    expect(found({ delegations: [named, gone] })).toEqual(['well-known-unreachable']);
  });

  test('must be the same at every address', () => {
    expect(found({ delegations: [named, fetched(sighting(404, '', other))] })).toEqual([
      'well-known-differs',
    ]);
    const elsewhere = fetched(sighting(200, { 'm.server': 'b.org' }, other));
    expect(found({ delegations: [named, elsewhere] })).toEqual(['well-known-differs']);
  });
});

describe('what clients are led by', () => {
  const document = { 'm.homeserver': { base_url: 'https://example.org' } };

  test('must let a browser through each redirect', () => {
    const hop = (headers: Record<string, string>) =>
      sighting(301, '', { answer: { status: 301, headers, body: '' }, path: '/.well-known/matrix/client' });
    const led = (...redirects: Sighting[]) =>
      found({ client: { ...right.client, documents: [fetched(sighting(200, document), { redirects })] } });
    const open = { 'access-control-allow-origin': '*' };
    expect(led(hop(open), hop(open))).toEqual([]);
    expect(led(hop(open), hop({}))).toEqual(['client-cors']);
  });
});

describe('calls', () => {
  const url = 'https://rtc.example.org';
  const focus = { type: 'livekit', livekit_service_url: url };
  const rtc = { ...place, host: 'rtc.example.org' };
  const refusal = sighting(405, '', { path: '/get_token' });
  const service = { health: sighting(200, ''), token: refusal, legacy: refusal };
  const gone = sighting(404, '');
  const bare = sighting(405, '', { answer: { status: 405, headers: {}, body: '' } });
  const versions = sighting(200, { versions: [], unstable_features: { 'org.matrix.msc4140': true } });

  function judgedWith(foci: unknown, different: Partial<ObservedServer['client']> = {}) {
    const body = { 'm.homeserver': { base_url: 'https://example.org' }, 'org.matrix.msc4143.rtc_foci': foci };
    return judge({
      ...right,
      client: {
        ...right.client,
        documents: [fetched(sighting(200, body))],
        api: [{ ...api, versions }],
        ...different,
      },
    });
  }
  const codes = (...with_: Parameters<typeof judgedWith>) =>
    judgedWith(...with_).findings.map(({ code, verdict }) =>
      verdict === 'failed' ? code : `${verdict} ${code}`,
    );
  const call = (different: Partial<typeof service>, at: NameLocation = rtc) => ({
    calls: [{ url, place: at, sights: at.addresses.map(() => ({ ...service, ...different })) }],
  });

  test('that work must be named, by the new way in or the old one', () => {
    expect(judgedWith([focus], call({}))).toMatchObject({ findings: [], calls: [url] });
    expect(judgedWith([focus], call({ token: gone }))).toMatchObject({ findings: [], calls: [url] });
  });

  test.each([
    ['none', 'rtc-foci'],
    [{}, 'rtc-foci'],
    [['https://rtc.example.org'], 'rtc-foci'],
    [[{ type: 'livekit' }], 'rtc-foci'],
    [[{ type: 'livekit', livekit_service_url: 'http://rtc.example.org' }], 'rtc-foci'],
    [[{ type: 'full_mesh' }], 'warning rtc-foci'],
  ])('that are named wrong must be told: %j', (foci, code) => {
    expect(codes(foci)).toEqual([code]);
  });

  test.each([[undefined], [null], [[]]])('must not be missed where there are none: %j', (foci) => {
    expect(codes(foci)).toEqual([]);
  });

  test.each([
    [{ token: gone, legacy: gone }, 'rtc-token'],
    [{ token: bare }, 'rtc-cors'],
    [{ health: sighting(503, '') }, 'warning rtc-health'],
    [{ token: failed('connect', 'ECONNREFUSED') }, 'connect-refused'],
    [{ token: { ...refusal, certificate: { ...certificate, isForName: false } } }, 'tls-wrong-name'],
  ])('must be told by what their service answers: %#', (different, code) => {
    expect(codes([focus], call(different))).toEqual([code]);
  });

  test('must be told where their name leads nowhere, or inside', () => {
    expect(codes([focus], call({}, { ...rtc, addresses: [] }))).toEqual(['dns-no-address']);
    expect(codes([focus], call({}, { ...rtc, addresses: [], refused: ['127.0.0.1'] }))).toEqual([
      'leads-inside',
    ]);
  });

  test('need delayed events of the homeserver', () => {
    expect(codes([focus], { ...call({}), api: [api] })).toEqual(['warning rtc-delayed-events']);
  });
});

describe('the admin interface', () => {
  test.each([
    [sighting(200, { server_version: '1' }), ['admin-reachable']],
    [sighting(401, { errcode: 'M_MISSING_TOKEN' }), ['admin-reachable']],
    [sighting(404, { errcode: 'M_UNRECOGNIZED' }), []],
    [sighting(403, 'Forbidden'), []],
  ])('must be told where it answers: %#', (admin, codes) => {
    expect(found({ admin: [admin] })).toEqual(codes);
  });
});

describe('addresses', () => {
  const inner: NameLocation = { ...place, addresses: [{ address: '10.0.0.7', reach: 'private' }] };

  test('in a private network must be a note, but not of the own server', () => {
    expect(found({ home: inner })).toEqual(['warning private-address']);
    expect(found({ home: inner, isOwn: true })).toEqual([]);
  });

  test('that lead to the host that asks must be told, of the server and of what it leads to', () => {
    const refused = { ...place, addresses: [], refused: ['127.0.0.1'] };
    expect(found({ home: refused })).toEqual(['loopback-address']);
    expect(found({ places: [{ ...refused, host: 'b.org' }] })).toEqual(['leads-inside']);
  });

  test('that no name server tells must be another thing than none', () => {
    expect(found({ places: [{ ...place, addresses: [], failure: 'ESERVFAIL' }] })).toEqual(['dns-failure']);
    expect(found({ places: [{ ...place, addresses: [] }] })).toEqual(['dns-no-address']);
  });
});

test.each([
  [new Date(now + 1500).toUTCString(), 0],
  [new Date(now + 90_000).toUTCString(), 90_000],
  [new Date(now - 90_000).toUTCString(), -90_000],
  ['no date', undefined],
  [undefined, undefined],
])('a server that says %j must be ahead by %s ms', (date, difference) => {
  expect(clockDifference(date, now)).toBe(difference);
});
