import { describe, expect, test } from 'vitest';
import type { DnsAnswer, DnsQuestion } from '../../../../src/host/dns/answers.ts';
import { findAliases, observe } from '../../../../src/host/dns/observe.ts';
import type { Failure } from '../../../../src/host/network.ts';

const name = 'matrix.example.org';
const resolver = '127.0.0.53';
const ns1 = '192.0.2.1';
const answer: DnsAnswer = { records: [], authoritative: false, zone: undefined, secondsLeft: undefined };

/** What the DNS holds: values by type and name. */
const records: Readonly<Record<string, readonly string[]>> = {
  'SOA example.org': [],
  'NS example.org': ['ns1.example.org.'],
  'A ns1.example.org': [ns1],
  [`A ${name}`]: ['203.0.113.7'],
  'CNAME alias.example.org': [`${name}.`],
};

interface Behaviour {
  /** Does the resolver say where a zone begins, when it is asked for a name within? systemd-resolved does not. */
  readonly namesZones?: boolean;
  readonly wildcard?: string;
  readonly failure?: string;
}

function network({ namesZones = true, wildcard, failure }: Behaviour = {}) {
  const asked: string[] = [];
  return {
    asked,
    resolvers: () => [resolver],
    async query(server: string, { name: about, type }: DnsQuestion): Promise<DnsAnswer | Failure> {
      asked.push(`${server} ${type} ${about}`);
      if (failure !== undefined) {
        return { failure };
      }
      const isBelow = about === 'example.org' || about.endsWith('.example.org');
      const isApex = about === 'example.org' && type === 'SOA';
      const wild = wildcard !== undefined && about.startsWith('token.') && type === 'A' ? [wildcard] : [];
      const values = records[`${type} ${about}`] ?? wild;
      return {
        ...answer,
        records: values.map((value) => ({ name: about, type, value })),
        authoritative: server === ns1,
        zone: isApex || (isBelow && namesZones) ? 'example.org' : undefined,
      };
    },
  };
}

const asking = { publicResolvers: [], token: 'token', isIpv6Only: false };

describe('a record', () => {
  test.each<[string, Behaviour]>([
    ['says where the zone begins', {}],
    ["says so of the zone's own name only", { namesZones: false }],
  ])("must be asked of the zone's own name servers where the resolver %s", async (_, behaviour) => {
    const [seen] = await observe([{ name, type: 'A' }], { ...asking, network: network(behaviour) });
    expect(seen?.zone).toBe('example.org');
    expect(seen?.hearings).toMatchObject([
      { role: 'zone', address: ns1, name: 'ns1.example.org', told: { authoritative: true } },
      { role: 'host', address: resolver },
    ]);
  });

  test('must be seen with what a wildcard beside it says', async () => {
    const [seen] = await observe([{ name, type: 'A' }], {
      ...asking,
      network: network({ wildcard: '198.51.100.9' }),
    });
    expect(seen?.wildcard).toEqual(['198.51.100.9']);
  });

  test('must not be sought for longer where nobody answers', async () => {
    const silent = network({ failure: 'ETIMEOUT' });
    const [seen] = await observe([{ name, type: 'A' }], { ...asking, network: silent });
    expect(seen).toMatchObject({ zone: undefined, hearings: [{ told: { failure: 'ETIMEOUT' } }] });
    expect(silent.asked).toEqual([`${resolver} A ${name}`, `${resolver} SOA ${name}`]);
  });
});

test('only names that are aliases must be found to be', async () => {
  expect(await findAliases(['alias.example.org', name], { ...asking, network: network() })).toEqual([
    'alias.example.org',
  ]);
});
