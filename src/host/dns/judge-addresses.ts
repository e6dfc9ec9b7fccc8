import type { Challenge } from '../../components/traefik/certificates.ts';
import { isPrivate, proxyAt } from '../address-ranges.ts';
import { failed, type Judgement, warning } from '../judgement.ts';
import { publishedValues, type SeenRecords, unansweredBecause } from './answers.ts';
import { type HostAddresses, judgeDns, judgeProxy } from './judge-names.ts';
import type { DnsFinding, RecordRow } from './report.ts';

/** What was seen of the addresses of one name. */
export interface NameSeen {
  readonly name: string;
  readonly A: SeenRecords;
  readonly AAAA: SeenRecords;
}

/** What is known of this host. */
export interface HostReach extends HostAddresses {
  /** How the CA verifies control of a name. */
  readonly challenge: Challenge;
}

const families = { A: 'ipv4', AAAA: 'ipv6' } as const;
type Family = keyof typeof families;

/** What is wrong with the A and AAAA records of a name. */
export function judgeAddresses(seen: NameSeen, reach: HostReach): DnsFinding[] {
  const { name } = seen;
  const failure = unansweredBecause(seen.A) ?? unansweredBecause(seen.AAAA);
  if (failure !== undefined) {
    return [unanswered(name, failure)];
  }
  const published = publishedAddresses(seen);
  const direct = published.filter((address) => proxyAt(address) === undefined);
  const found = (code: DnsFinding['code'], judgement: Judgement): DnsFinding[] =>
    judgement.verdict === 'passed' ? [] : [{ code, name, ...judgement }];
  const facts = { name, addresses: published, failure, confirmed: [] };
  const isProxied = direct.length < published.length;
  const isWild = isFromWildcard(seen);
  const judgement = judgeDns({ ...facts, addresses: direct }, reach);
  return [
    ...found('proxied', judgeProxy(facts, reach.challenge)),
    ...(isProxied && direct.length === 0 ? [] : found(codeOf(published, isWild), explained(judgement, seen))),
    // The remedy for a wrong address names all records already.
    ...(isProxied || judgement.verdict !== 'passed' ? [] : missingFamilies(seen, reach)),
  ];
}

/** A failure here, unlike in a preflight check: a running server needs no answer, but a check of its records does. */
function unanswered(name: string, failure: string): DnsFinding {
  return {
    code: 'unanswered',
    name,
    ...failed(
      `no name server answers for ${name} (${failure})`,
      failure === 'ESERVFAIL'
        ? 'The name servers that the domain is delegated to do not serve it: ask your DNS provider.'
        : 'See /etc/resolv.conf and the network of this host.',
    ),
  };
}

function codeOf(published: readonly string[], isWild: boolean): DnsFinding['code'] {
  if (published.length === 0) {
    return 'missing';
  }
  return isWild ? 'wildcard' : 'elsewhere';
}

function explained(judgement: Judgement, seen: NameSeen): Judgement {
  const { name } = seen;
  if (judgement.verdict === 'failed' && isUnregistered(seen)) {
    return {
      ...judgement,
      finding: `${name} is in no zone below .${seen.A.zone}: the domain is not registered, or has no name servers yet`,
    };
  }
  return isFromWildcard(seen)
    ? {
        ...judgement,
        finding: `${judgement.finding}: that is the answer of the wildcard *.${name.split('.').slice(1).join('.')}, since ${name} has no records of its own`,
        remedy: judgement.remedy.replace(' Delete the others.', ' They take precedence over the wildcard.'),
      }
    : judgement;
}

/** Whether the name is in no zone below its top-level domain. */
function isUnregistered({ name, A: { zone } }: NameSeen): boolean {
  return zone !== undefined && zone !== '.' && !zone.includes('.') && name !== zone;
}

function isFromWildcard({ A, AAAA }: NameSeen): boolean {
  return [A, AAAA].some((seen) => {
    const published = publishedValues(seen);
    return published.length > 0 && published.join() === [...seen.wildcard].sort().join();
  });
}

function missingFamilies(seen: NameSeen, { served }: HostReach): DnsFinding[] {
  const { name } = seen;
  const usable = usableAddresses(served, publishedAddresses(seen));
  const missing = (type: Family): DnsFinding[] => {
    const [address] = usable[type];
    if (address === undefined || publishedValues(seen[type]).length > 0) {
      return [];
    }
    const [other, only] = type === 'AAAA' ? ['A', '0.0.0.0'] : ['AAAA', '"::"'];
    return [
      {
        code: type === 'AAAA' ? 'missing-aaaa' : 'missing-a',
        name,
        ...failed(
          `${name} has ${other} records and no ${type} record, although this host serves ${address}`,
          `Set at your DNS provider: \`${name}. ${type} ${address}\`; or, to serve by ${other} records only, traefik.publish.address: ${only} in matrix.yaml.`,
        ),
      },
    ];
  };
  return [...missing('A'), ...missing('AAAA')];
}

/**
 * The addresses that records may give. Private addresses count only if this host serves no public one, and the name
 * leads to a private one already.
 */
function usableAddresses(
  served: readonly string[],
  published: readonly string[],
): Record<Family, readonly string[]> {
  const outward = served.filter((address) => !isPrivate(address));
  const usable = outward.length === 0 && published.some(isPrivate) ? served : outward;
  return {
    A: usable.filter((address) => !address.includes(':')),
    AAAA: usable.filter((address) => address.includes(':')),
  };
}

/** The A and AAAA records of a name, as they should be and as they are: a row for each that exists or should. */
export function addressRows(seen: NameSeen, reach: HostReach): RecordRow[] {
  const published = publishedAddresses(seen);
  const usable = usableAddresses(reach.served, published);
  return (Object.keys(families) as Family[]).flatMap((type): RecordRow[] => {
    const values = publishedValues(seen[type]);
    const strays = values.filter((value) => !reach.served.includes(value));
    const value = values.find((one) => usable[type].includes(one)) ?? usable[type][0] ?? null;
    const row = { name: seen.name, type, need: 'required' as const, value, published: values };
    if (values.length === 0) {
      return value === null && (type === 'AAAA' || published.length > 0)
        ? []
        : [{ ...row, state: 'missing' }];
    }
    if (strays.length === 0) {
      return [{ ...row, state: 'right' }];
    }
    if (strays.every((address) => proxyAt(address) !== undefined)) {
      return [{ ...row, state: 'proxied' }];
    }
    const direct = strays.filter((address) => proxyAt(address) === undefined);
    const { verdict } = judgeDns(
      { name: seen.name, addresses: direct, failure: undefined, confirmed: [] },
      reach,
    );
    return [{ ...row, state: verdict === 'unverified' ? 'unverified' : 'wrong' }];
  });
}

function publishedAddresses({ A, AAAA }: NameSeen): string[] {
  return [...publishedValues(A), ...publishedValues(AAAA)];
}

/** Warns if /etc/hosts of this host has other addresses than the DNS. Only programs of this host use them. */
export function judgeHostsFile(seen: NameSeen, local: readonly string[]): DnsFinding[] {
  const published = publishedAddresses(seen);
  const different = local.filter((address) => !published.includes(address));
  return different.length === 0 || published.length === 0
    ? []
    : [
        {
          code: 'hosts-file',
          name: seen.name,
          ...warning(
            `/etc/hosts of this host gives ${different.join(', ')} for ${seen.name}: its own programs do not see what the DNS says`,
            'Delete that line unless you want it.',
          ),
        },
      ];
}
