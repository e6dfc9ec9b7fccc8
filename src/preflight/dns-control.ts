import { isIP } from 'node:net';
import type { DnsChallenge } from '../components/traefik/dns-challenge.ts';
import type { Clock } from '../host/clock.ts';
import { type Answered, type DnsQuestion, ownValues, zoneAnswers } from '../host/dns/answers.ts';
import { observe } from '../host/dns/observe.ts';
import type { UpdateKey } from '../host/dns/update.ts';
import { failed, type Judgement, passed, unverified } from '../host/judgement.ts';
import type { Network } from '../host/network.ts';
import type { Secret } from '../secrets/secret.ts';

/** The settings for a record that is set by dynamic updates (RFC 2136). */
type Updates = Extract<DnsChallenge, { by: 'update' }>;

interface Proving {
  readonly network: Pick<Network, 'addresses' | 'cname' | 'query' | 'resolvers' | 'update'>;
  readonly clock: Clock;
  /** An operator's secret; `undefined` where nobody has set it. */
  readSecret(name: string): Promise<Pick<Secret, 'reveal'> | undefined>;
  /** A random text for the record, which nobody else can have set. */
  readonly token: string;
}

/** How many times the name servers of the zone are asked again, half a second apart, until all have the record. */
const looks = 20;

/** How many aliases (CNAME) are followed, one after the other. */
const mostAliases = 8;

/**
 * Judges whether control of a name can be proved by a record in the DNS. With dynamic updates, this sets the record
 * at the name where the CA will look for it, as Traefik does, looks it up at the name servers of the zone, and
 * removes it. A program of the operator cannot be tried here, since it runs in the proxy's container: a staging run
 * shows whether it works.
 */
export async function confirmControl(name: string, dns: DnsChallenge, proving: Proving): Promise<Judgement> {
  return dns.by === 'update'
    ? confirmByUpdate(name, dns, proving)
    : unverified(
        `traefik/extra/${dns.program} proves control of ${name}, and runs in the proxy's container only`,
      );
}

async function confirmByUpdate(name: string, updates: Updates, proving: Proving): Promise<Judgement> {
  const { network, clock } = proving;
  const key = await keyOf(updates, proving);
  if (key === undefined) {
    return failed(
      `the key that the name server knows, ${updates.secret.from_secret}, is not set`,
      `Run \`matrix-deploy secrets set ${updates.secret.from_secret}\`.`,
    );
  }
  const record = await followAliases(`_acme-challenge.${name}`, network);
  const server = await addressOf(updates.server, network);
  if (server === undefined) {
    return failed(
      `the name server ${updates.server} has no address`,
      'See traefik.certificates.dns.server in matrix.yaml.',
    );
  }
  const zone = await zoneOf(record, server, network);
  if (typeof zone !== 'string') return unserved(updates.server, record, zone.failure);
  const change = { zone, name: record, text: proving.token };
  const refusal = await network.update(server, { ...change, action: 'add' }, key, clock.now());
  if (refusal !== undefined) return refused(updates, record, refusal.failure);
  const late = await waitUntilSeen(record, proving);
  const left = await network.update(server, { ...change, action: 'remove' }, key, clock.now());
  if (left !== undefined) {
    return failed(
      `${updates.server} has set the record ${record}, and does not remove it (${left.failure})`,
      `Delete the TXT record "${proving.token}" of ${record}, and let the key ${updates.key} delete records there too.`,
    );
  }
  return late.length === 0
    ? passed(`${updates.server} sets and removes ${record}`)
    : unverified(
        `${updates.server} has set ${record}, and after ${looks / 2} s ${late.join(', ')}`,
        'Other name servers of the zone must get the change: see NOTIFY and the transfer of the zone.',
      );
}

async function keyOf(updates: Updates, { readSecret }: Proving): Promise<UpdateKey | undefined> {
  const value = await readSecret(updates.secret.from_secret);
  return value && { name: updates.key, algorithm: updates.algorithm, secret: () => value.reveal() };
}

async function followAliases(name: string, network: Proving['network'], left = mostAliases): Promise<string> {
  const answer = await network.cname(name);
  const [target] = 'records' in answer ? answer.records : [];
  return target === undefined || left === 0 ? name : followAliases(target, network, left - 1);
}

/** Address and port of a name server. */
async function addressOf(server: string, network: Proving['network']): Promise<string | undefined> {
  const [, host = '', port = ''] = /^(\[.+\]|[^:]+)(:\d+)?$/.exec(server) ?? [];
  if (host.startsWith('[') || isIP(host) !== 0) return server;
  for (const family of ['A', 'AAAA'] as const) {
    const found = await network.addresses(host, family);
    const [address] = 'records' in found ? found.records : [];
    if (address !== undefined) return `${family === 'AAAA' ? `[${address}]` : address}${port}`;
  }
  return undefined;
}

/** The zone that a name is in, as a name server says that is authoritative for the zone. */
async function zoneOf(name: string, server: string, { query }: Proving['network']) {
  const told = await query(server, { name, type: 'SOA' });
  if ('failure' in told) return told;
  return told.authoritative && told.zone !== undefined && told.zone !== '.'
    ? told.zone
    : { failure: 'NOTAUTH' };
}

function unserved(server: string, record: string, failure: string): Judgement {
  return failure === 'NOTAUTH' || failure === 'EREFUSED'
    ? failed(
        `the name server ${server} does not serve a zone that ${record} is in`,
        'Name the primary server of the zone in traefik.certificates.dns.server.',
      )
    : failed(
        `the name server ${server} does not answer (${failure})`,
        'See traefik.certificates.dns.server, and let this host send to port 53 of other hosts.',
      );
}

const refusals: Readonly<Record<string, (updates: Updates) => string>> = {
  BADKEY: ({ key, algorithm }) =>
    `It does not know the key ${key}, or not for ${algorithm}: see traefik.certificates.dns.key and algorithm.`,
  BADSIG: ({ secret }) =>
    `The key has another value there: set it with \`matrix-deploy secrets set ${secret.from_secret}\`.`,
  BADTIME: () =>
    'Its clock and that of this host are more than five minutes apart: `timedatectl set-ntp true`.',
  ETIMEOUT: () => 'Let this host, and that server, take packets to port 53.',
};

function refused(updates: Updates, record: string, failure: string): Judgement {
  const remedy =
    refusals[failure]?.(updates) ??
    `Let the key ${updates.key} change the TXT records of ${record} there (BIND: update-policy, Knot: acl).`;
  return failed(`${updates.server} does not set the record ${record} (${failure})`, remedy);
}

/** @returns a description of each name server of the zone that does not have the record in time; empty if all do */
async function waitUntilSeen(name: string, { network, clock, token }: Proving): Promise<string[]> {
  const question: DnsQuestion = { name, type: 'TXT' };
  for (let left = looks; ; left -= 1) {
    const [seen] = await observe([question], { network, publicResolvers: [], token, isIpv6Only: false });
    const answers = seen === undefined ? [] : zoneAnswers(seen);
    const late = answers.filter(({ told }) => !ownValues(question, told).includes(token));
    if (answers.length > 0 && late.length === 0) return [];
    if (left === 0) return answers.length === 0 ? ['no name server of the zone answers'] : late.map(describe);
    await clock.sleep(500);
  }
}

function describe({ name, address }: Answered): string {
  return `${name ?? address} does not have it`;
}
