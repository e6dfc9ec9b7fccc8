import { describe, expect, test } from 'vitest';
import type { DnsAnswer, DnsQuestion, Hearing, SeenRecords } from '../../../../src/host/dns/answers.ts';
import {
  addressRows,
  judgeAddresses,
  judgeHostsFile,
  type NameSeen,
} from '../../../../src/host/dns/judge-addresses.ts';
import { judgeAgreement, judgeServers } from '../../../../src/host/dns/judge-agreement.ts';
import {
  certificationRow,
  judgeMissingService,
  judgeService,
  publishedService,
  serviceRows,
} from '../../../../src/host/dns/judge-service.ts';

const name = 'matrix.example.org';
const ours = '203.0.113.7';
const ours6 = '2001:db8::7';
const other = '198.51.100.9';
const cloudflare = '104.16.132.229';

type Told = readonly string[] | { failure: string } | Partial<DnsAnswer>;

function isFailure(told: Told): told is { failure: string } {
  return 'failure' in told;
}

function hearing(role: Hearing['role'], question: DnsQuestion, told: Told): Hearing {
  const server = { address: `192.0.2.${{ zone: 1, host: 2, public: 3 }[role]}`, role };
  const named = role === 'zone' ? { ...server, name: 'ns1.example.org' } : server;
  if (isFailure(told)) {
    return { ...named, told };
  }
  const values = Array.isArray(told) ? (told as readonly string[]) : [];
  const answer: DnsAnswer = {
    records: values.map((value) => ({ name: question.name, type: question.type, value })),
    authoritative: role === 'zone',
    zone: 'example.org',
    secondsLeft: 300,
    ...(Array.isArray(told) ? {} : told),
  };
  return { ...named, told: answer };
}

interface Heard {
  readonly zone?: Told;
  readonly host?: Told;
  readonly public?: Told;
  readonly wildcard?: readonly string[];
  readonly apex?: string;
}

/** What was heard of a record: everybody says what the zone does, but who is given. */
function seen(type: DnsQuestion['type'], zone: Told, different: Heard = {}, of = name): SeenRecords {
  const question = { name: of, type };
  return {
    question,
    zone: different.apex ?? 'example.org',
    hearings: [
      hearing('zone', question, zone),
      hearing('host', question, different.host ?? zone),
      hearing('public', question, different.public ?? zone),
    ],
    wildcard: different.wildcard ?? [],
  };
}

const nameSeen = (a: readonly string[], aaaa: readonly string[], different: Heard = {}): NameSeen => ({
  name,
  A: seen('A', a, different),
  AAAA: seen('AAAA', aaaa),
});

const reach = { own: [ours], served: [ours], challenge: 'tls-alpn' } as const;
const both = { own: [ours, ours6], served: [ours, ours6], challenge: 'tls-alpn' } as const;
const inner = {
  own: ['192.168.1.5', 'fd00::5'],
  served: ['192.168.1.5', 'fd00::5'],
  challenge: 'http',
} as const;

const told = (findings: readonly { code: string; verdict: string }[]) =>
  findings.map(({ code, verdict }) => `${code} ${verdict}`);

describe('the addresses of a name', () => {
  test.each([
    ['that lead here', nameSeen([ours], []), reach, []],
    ['that are missing', nameSeen([], []), reach, ['missing failed']],
    ['of another host', nameSeen([other], []), reach, ['elsewhere failed']],
    ['of another host too', nameSeen([ours, other], []), reach, ['elsewhere failed']],
    ['without AAAA where there is IPv6', nameSeen([ours], []), both, ['missing-aaaa failed']],
    ['without A where there is IPv4', nameSeen([], [ours6]), both, ['missing-a failed']],
    ['of both families', nameSeen([ours], [ours6]), both, []],
    ['with AAAA where there is no IPv6', nameSeen([ours], [ours6]), reach, ['elsewhere failed']],
    ['of a proxy that ends TLS', nameSeen([cloudflare], []), both, ['proxied failed']],
    [
      'of a proxy that passes HTTP on',
      nameSeen([cloudflare], []),
      { ...reach, challenge: 'http' as const },
      ['proxied warning'],
    ],
    ['of a wildcard elsewhere', nameSeen([other], [], { wildcard: [other] }), reach, ['wildcard failed']],
    ['of a wildcard that leads here', nameSeen([ours], [], { wildcard: [ours] }), reach, []],
    ['of a router', nameSeen([other], []), inner, ['elsewhere unverified']],
    ['of a network of its own', nameSeen(['192.168.1.5'], ['fd00::5']), inner, []],
    ['of a network of its own, by IPv4 only', nameSeen(['192.168.1.5'], []), inner, ['missing-aaaa failed']],
  ])('%s must be judged', (_, names, host, expected) => {
    expect(told(judgeAddresses(names, host))).toEqual(expected);
  });

  test('must be called unregistered where only the top-level domain answers', () => {
    const [finding] = judgeAddresses(nameSeen([], [], { apex: 'org' }), reach);
    expect(finding?.finding).toContain('not registered');
  });

  test.each([seen('AAAA', { failure: 'ESERVFAIL' }), seen('AAAA', [])])(
    'must be neither missing nor right where nobody answers',
    (AAAA) => {
      const names: NameSeen = { name, A: seen('A', { failure: 'ESERVFAIL' }), AAAA };
      expect(told(judgeAddresses(names, reach))).toEqual(['unanswered failed']);
    },
  );

  test('must be followed through an alias that leads out of the zone', () => {
    const alias = { name, type: 'CNAME', value: 'host.example.net.' };
    const address = { name: 'host.example.net', type: 'A', value: ours };
    const A = seen(
      'A',
      { records: [alias] },
      { host: { records: [alias, address] }, public: ['198.51.100.1'] },
    );
    expect(told(judgeAddresses({ name, A, AAAA: seen('AAAA', []) }, reach))).toEqual([]);
    expect(told(judgeAgreement(A))).toEqual(['stale-cache failed']);
  });

  test.each([
    [
      'an address of ours, whichever of them it is',
      nameSeen([ours], [ours6]),
      both,
      [
        ['A', ours, 'right'],
        ['AAAA', ours6, 'right'],
      ],
    ],
    [
      'what is missing',
      nameSeen([ours], []),
      both,
      [
        ['A', ours, 'right'],
        ['AAAA', ours6, 'missing'],
      ],
    ],
    [
      'what is to be deleted',
      nameSeen([ours], [ours6]),
      reach,
      [
        ['A', ours, 'right'],
        ['AAAA', null, 'wrong'],
      ],
    ],
    ['what nobody on the host can know', nameSeen([], []), inner, [['A', null, 'missing']]],
    ['what may be of a router', nameSeen([other], []), inner, [['A', null, 'unverified']]],
    ['a proxy', nameSeen([cloudflare], []), reach, [['A', ours, 'proxied']]],
  ])('must be shown with %s', (_, names, host, expected) => {
    expect(addressRows(names, host).map(({ type, value, state }) => [type, value, state])).toEqual(expected);
  });

  test('must be compared with /etc/hosts, which only this host sees', () => {
    expect(told(judgeHostsFile(nameSeen([ours], []), ['127.0.1.1']))).toEqual(['hosts-file warning']);
    expect(judgeHostsFile(nameSeen([ours], []), [ours])).toEqual([]);
  });
});

describe('the answers of name servers', () => {
  test.each([
    ['that are the same', seen('A', [ours]), []],
    ['in another order', seen('A', [ours, other], { host: [other, ours] }), []],
    ['of a cache', seen('A', [ours], { host: [other] }), ['stale-cache failed']],
    ['of a cache that remembers nothing there', seen('A', [ours], { public: [] }), ['stale-cache failed']],
    [
      'of a resolver with records of its own',
      seen('A', [ours], { host: { records: [{ name, type: 'A', value: other }], authoritative: true } }),
      ['split-dns warning'],
    ],
    [
      'of a resolver that leads into its own network',
      seen('A', [ours], { host: ['10.0.0.5'] }),
      ['split-dns warning'],
    ],
    ['that only resolvers give', seen('A', { failure: 'ETIMEOUT' }, { host: [other], public: [ours] }), []],
  ])('%s must be told apart', (_, one, expected) => {
    expect(told(judgeAgreement(one))).toEqual(expected);
  });

  test('must be told with how long a cache keeps them', () => {
    const old = { records: [{ name, type: 'A', value: other }], secondsLeft: 42 };
    const [finding] = judgeAgreement(seen('A', [ours], { host: old }));
    expect(finding).toMatchObject({ secondsLeft: 42, finding: expect.stringContaining('42 s') });
  });

  test('must be told where the own name servers of the zone do not agree, and not who heard which', () => {
    const one = seen('A', [ours], { host: [other] });
    const second = {
      ...hearing('zone', one.question, [other]),
      address: '192.0.2.11',
      name: 'ns2.example.org',
    };
    expect(told(judgeAgreement({ ...one, hearings: [...one.hearings, second] }))).toEqual([
      'servers-disagree failed',
    ]);
  });

  test('must be told once where a server is silent, or does not speak for its zone', () => {
    const silent = seen('A', { failure: 'ETIMEOUT' }, { host: [ours], public: { failure: 'ETIMEOUT' } });
    expect(told(judgeServers([silent, silent]))).toEqual(['silent-server warning']);
    const lame = seen('A', { authoritative: false }, { host: [ours], public: [ours] });
    expect(told(judgeServers([lame]))).toEqual(['lame-server warning']);
    expect(judgeServers([seen('A', [ours])])).toEqual([]);
  });
});

describe('an SRV record', () => {
  const service = { host: name, port: 443, isCertified: true, isFirst: false, isNeeded: false };
  const srv = (value: string) => publishedService(seen('SRV', [value], {}, '_matrix._tcp.example.org'));
  test.each([
    ['that leads here', '10 5 443 matrix.example.org.', [], [], 'right'],
    ['to another port', '10 5 8448 matrix.example.org.', [], ['srv-elsewhere warning'], 'wrong'],
    ['to another host', '10 5 443 old.example.org.', [], ['srv-elsewhere warning'], 'wrong'],
    ['to an alias', '10 5 443 matrix.example.org.', [name], ['srv-alias failed'], 'wrong'],
  ])('%s must be judged', (_, value, aliases, expected, state) => {
    expect(told(judgeService(srv(value), service, aliases))).toEqual(expected);
    expect(serviceRows([srv(value)], service, aliases)).toMatchObject([{ state, need: 'optional' }]);
  });

  test('must lead here where it is what others ask for first', () => {
    const record = srv('10 5 443 old.example.org.');
    expect(told(judgeService(record, { ...service, isFirst: true }, []))).toEqual(['srv-elsewhere failed']);
  });

  test('must be deleted where there is no certificate for the server name', () => {
    const record = srv('10 5 443 matrix.example.org.');
    const uncertified = { ...service, isCertified: false };
    expect(told(judgeService(record, uncertified, []))).toEqual(['srv-uncertified warning']);
    expect(serviceRows([record], uncertified, [])).toMatchObject([{ state: 'wrong', value: null }]);
  });

  describe('where nothing else leads others here', () => {
    const needed = { ...service, isFirst: true, isNeeded: true };
    const of = (which: string, ...values: string[]) =>
      publishedService(seen('SRV', values, {}, `${which}._tcp.example.org`));
    const right = '10 5 443 matrix.example.org.';

    test.each<[string, string[], string[], string[], string[]]>([
      ['none', [], [], ['required missing', 'optional optional'], ['srv-missing failed']],
      ['the newer one', [right], [], ['required right', 'optional optional'], []],
      ['the older one', [], [right], ['optional optional', 'required right'], []],
      ['both', [right], [right], ['required right', 'required right'], []],
      [
        'one that leads elsewhere',
        ['10 5 443 old.example.org.'],
        [],
        ['required wrong', 'optional optional'],
        ['srv-elsewhere failed'],
      ],
    ])('must be judged: %s', (_, newer, older, rows, findings) => {
      const all = [of('_matrix-fed', ...newer), of('_matrix', ...older)];
      expect(serviceRows(all, needed, []).map(({ need, state }) => `${need} ${state}`)).toEqual(rows);
      expect(
        told([...all.flatMap((each) => judgeService(each, needed, [])), ...judgeMissingService(all, needed)]),
      ).toEqual(findings);
    });
  });
});

describe('a CAA record', () => {
  const certification = { challenge: 'tls-alpn', identities: ['ca.example'] } as const;
  test.each([
    ['offered where there is none', [], 'optional', 'optional'],
    ['right where it names the CA', [{ critical: 0, issue: 'ca.example' }], 'right', 'optional'],
    ['needed where others are named', [{ critical: 0, issue: 'other.example' }], 'wrong', 'required'],
  ])('must be %s', (_, records, state, need) => {
    const facts = { at: 'example.org', records };
    expect(certificationRow('example.org', certification, facts)).toMatchObject([
      { name: 'example.org', state, need, value: '0 issue "ca.example"' },
    ]);
  });
});
