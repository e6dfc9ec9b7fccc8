import { expect, test } from 'vitest';
import type { DnsChallenge } from '../../../src/components/traefik/dns-challenge.ts';
import type { DnsQuestion } from '../../../src/host/dns/answers.ts';
import type { RecordChange } from '../../../src/host/dns/update.ts';
import type { Network } from '../../../src/host/network.ts';
import { confirmControl } from '../../../src/preflight/dns-control.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeNetwork } from '../../fakes/surroundings.ts';

const name = 'matrix.example.org';
const record = `_acme-challenge.${name}`;
const updates: DnsChallenge = {
  by: 'update',
  server: 'ns1.example.org:5353',
  key: 'updates',
  algorithm: 'hmac-sha256',
  secret: { from_secret: 'dns_update' },
};

interface Situation {
  network?: Partial<Network>;
  /** Why the server does not do what it is asked for, by that. */
  refuses?: Partial<Record<RecordChange['action'], string>>;
  /** Which name servers show what was set. */
  shows?: (server: string) => boolean;
  secret?: Secret | undefined;
  dns?: DnsChallenge;
}

async function prove(situation: Situation = {}) {
  const { network, refuses = {}, shows = () => true, dns = updates } = situation;
  const changes: { server: string; change: RecordChange }[] = [];
  const values: Partial<Record<DnsQuestion['type'], string>> = {
    NS: 'ns1.example.org.',
    A: '192.0.2.1',
    TXT: 'token',
  };
  const proved = await confirmControl(name, dns, {
    network: fakeNetwork({
      addresses: async () => ({ records: ['192.0.2.1'] }),
      query: async (server, { name: asked, type }) => ({
        records: type === 'TXT' && !shows(server) ? [] : [{ name: asked, type, value: values[type] ?? '' }],
        authoritative: true,
        zone: 'example.org',
        secondsLeft: 0,
      }),
      async update(server, change) {
        changes.push({ server, change });
        const failure = refuses[change.action];
        return failure === undefined ? undefined : { failure };
      },
      ...network,
    }),
    clock: fakeClock(),
    readSecret: async () => ('secret' in situation ? situation.secret : new Secret('a2V5')),
    token: 'token',
  });
  return { ...proved, changes };
}

test('a record that is set, seen and removed must prove control', async () => {
  const { verdict, changes } = await prove();
  expect(verdict).toBe('passed');
  const change = { zone: 'example.org', name: record, text: 'token' };
  expect(changes).toEqual([
    { server: '192.0.2.1:5353', change: { ...change, action: 'add' } },
    { server: '192.0.2.1:5353', change: { ...change, action: 'remove' } },
  ]);
});

test('the record of an alias must be set where that leads', async () => {
  const { changes } = await prove({
    network: { cname: async (asked) => ({ records: asked === record ? ['proof.example.net'] : [] }) },
  });
  expect(changes.map(({ change }) => change.name)).toEqual(['proof.example.net', 'proof.example.net']);
});

test.each<[string, Situation, RegExp]>([
  ['a key that is not set', { secret: undefined }, /secrets set dns_update/],
  ['another key', { refuses: { add: 'BADSIG' } }, /another value.*secrets set dns_update/],
  ['an unknown key', { refuses: { add: 'BADKEY' } }, /does not know the key updates/],
  ['a clock that is wrong', { refuses: { add: 'BADTIME' } }, /timedatectl/],
  ['a key that may not', { refuses: { add: 'REFUSED' } }, /update-policy/],
  ['a record that stays', { refuses: { remove: 'REFUSED' } }, /Delete the TXT record/],
  ['a server without an address', { network: { addresses: async () => ({ records: [] }) } }, /dns\.server/],
  ['silence', { network: { query: async () => ({ failure: 'ETIMEOUT' }) } }, /port 53/],
  [
    'a server of another zone',
    {
      network: {
        query: async () => ({ records: [], authoritative: false, zone: 'example.org', secondsLeft: 0 }),
      },
    },
    /primary server/,
  ],
])('%s must be refused, with what to do', async (_, situation, remedy) => {
  const judgement = await prove(situation);
  expect(judgement.verdict).toBe('failed');
  expect(judgement.remedy).toMatch(remedy);
});

test('a record that the zone does not show must be removed, and prove nothing', async () => {
  const { verdict, changes } = await prove({ shows: () => false });
  expect(verdict).toBe('unverified');
  expect(changes.map(({ change }) => change.action)).toEqual(['add', 'remove']);
});

test('what a program sets must be left to a staging run', async () => {
  const { verdict, changes } = await prove({
    dns: { by: 'program', program: 'set-record', environment: {} },
  });
  expect(verdict).toBe('unverified');
  expect(changes).toEqual([]);
});
