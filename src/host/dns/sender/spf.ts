import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Lookup } from '../../network.ts';

/** A mechanism or modifier of an SPF record (RFC 7208, sections 5 and 6). */
export interface SpfTerm {
  readonly qualifier: '+' | '-' | '~' | '?';
  readonly name: string;
  /** The domain or address that it names; empty where it means the domain itself. */
  readonly value: string;
}

const mechanisms = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'];
/** Terms that cost the receiver a question to the DNS (RFC 7208, section 4.6.4). */
const asking = ['include', 'a', 'mx', 'ptr', 'exists', 'redirect'];
/** With more questions than this, a receiver gives up (RFC 7208, section 4.6.4). */
export const mostLookups = 10;

/** Whether a text is an SPF record (RFC 7208, section 4.5). */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** The terms of a record; `undefined` if one of them is not valid. */
export function parseSpf(record: string): SpfTerm[] | undefined {
  const terms = record
    .split(/ +/)
    .slice(1)
    .filter((term) => term !== '')
    .map(parseTerm);
  return terms.some((term) => term === undefined) ? undefined : terms.filter((term) => term !== undefined);
}

function parseTerm(text: string): SpfTerm | undefined {
  const [, modifier, meant] = /^([a-z][a-z0-9._-]*)=(.*)$/i.exec(text) ?? [];
  if (modifier !== undefined) return { qualifier: '+', name: modifier.toLowerCase(), value: meant ?? '' };
  const [, qualifier = '', name = '', value = '', prefix = ''] =
    /^([+~?-]?)([a-z0-9]+)(?::([^/\s]*(?:\/\d+)?))?((?:\/\d+){0,2}|\/\/\d+)$/i.exec(text) ?? [];
  const known = name.toLowerCase();
  const isAddress = known === 'ip4' || known === 'ip6';
  if (!mechanisms.includes(known) || (isAddress && !isNetwork(value, known))) return undefined;
  return {
    qualifier: (qualifier || '+') as SpfTerm['qualifier'],
    name: known,
    value: isAddress ? value : value + prefix,
  };
}

function isNetwork(text: string, kind: 'ip4' | 'ip6'): boolean {
  const [address = '', bits] = text.split('/');
  const [version, most] = kind === 'ip4' ? [4, 32] : [6, 128];
  return isIP(address) === version && (bits === undefined || Number(bits) <= most);
}

/** The answers of the DNS by which a policy is judged. */
export interface SpfFacts {
  /** By domain, its SPF records: of the sender's domain, and of all domains that it includes. */
  readonly policies: ReadonlyMap<string, Lookup<string>>;
  /** By `a <name>` or `mx <name>`, the addresses that the term stands for. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** The domain that a term names; `undefined` for macros, which only receivers can expand (RFC 7208, section 7). */
export function targetOf({ value }: SpfTerm, domain: string): string | undefined {
  const name = (value.split('/')[0] || domain).toLowerCase().replace(/\.$/, '');
  return name.includes('%') ? undefined : name;
}

/** How many questions a receiver asks for a domain. Stops above `mostLookups`: policies may include each other. */
export function countLookups(domain: string, facts: SpfFacts, depth = 0): number {
  return termsOf(domain, facts)
    .filter(({ name }) => asking.includes(name))
    .reduce((sum, term) => {
      const next = isNested(term) && depth < mostLookups ? targetOf(term, domain) : undefined;
      return sum > mostLookups
        ? sum
        : sum + 1 + (next === undefined ? 0 : countLookups(next, facts, depth + 1));
    }, 0);
}

export function isNested({ name }: SpfTerm): boolean {
  return name === 'include' || name === 'redirect';
}

/** The terms of a domain's policy; none where it has none, or one that cannot be read. */
export function termsOf(domain: string, { policies }: Pick<SpfFacts, 'policies'>): SpfTerm[] {
  const found = policies.get(domain);
  const [record] = found !== undefined && 'records' in found ? found.records : [];
  return (record === undefined ? undefined : parseSpf(record)) ?? [];
}

export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'unknown';
const results = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const;

/** What a policy says of an address (RFC 7208, section 4.6.2); `unknown` where only a receiver can tell. */
export function evaluate(domain: string, address: string, facts: SpfFacts, depth = 0): SpfResult {
  if (depth > mostLookups) return 'unknown';
  const terms = termsOf(domain, facts);
  for (const term of terms) {
    const matched = matches(term, domain, address, facts, depth);
    if (matched === 'unknown') return 'unknown';
    if (matched) return results[term.qualifier];
  }
  const redirect = terms.find(({ name }) => name === 'redirect');
  const next = redirect && targetOf(redirect, domain);
  if (redirect !== undefined)
    return next === undefined ? 'unknown' : evaluate(next, address, facts, depth + 1);
  return 'neutral';
}

function matches(
  term: SpfTerm,
  domain: string,
  address: string,
  facts: SpfFacts,
  depth: number,
): boolean | 'unknown' {
  const { name, value } = term;
  const target = targetOf(term, domain);
  switch (name) {
    case 'all':
      return true;
    case 'ip4':
    case 'ip6':
      return isWithin(address, value);
    case 'a':
    case 'mx': {
      const found = target === undefined ? undefined : facts.addresses.get(`${name} ${target}`);
      if (found === undefined) return 'unknown';
      // Two prefix lengths: for IPv4 behind one slash, for IPv6 behind two.
      const [, four = '32', six = '128'] = /(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(value) ?? [];
      return found.some((one) => isWithin(address, `${one}/${isIPv6(one) ? six : four}`));
    }
    case 'include': {
      if (target === undefined) return 'unknown';
      const inner = evaluate(target, address, facts, depth + 1);
      return inner === 'unknown' ? 'unknown' : inner === 'pass';
    }
    case 'ptr':
    case 'exists':
      return 'unknown';
    default:
      return false;
  }
}

function isWithin(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const family = isIPv6(base) ? 'ipv6' : 'ipv4';
  if (isIP(base) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(address, family);
}
