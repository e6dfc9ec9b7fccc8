import { isOneName } from '../../components/delegation.ts';
import type { Challenge } from '../../components/traefik/certificates.ts';
import type { Destination } from '../../config/name-sight.ts';
import type { Config } from '../../config/schema.ts';
import { familyOf, isPrivate, proxyAt } from '../address-ranges.ts';
import { failed, type Judgement, passed, unverified, warning } from '../judgement.ts';

/** What the DNS says about a public name. */
export interface NameFacts {
  readonly name: string;
  /** Of its A and AAAA records. */
  readonly addresses: readonly string[];
  /** The error code that came in place of an answer to one of the questions. */
  readonly failure: string | undefined;
  /** Addresses at which this host itself answered when it was asked by that name. */
  readonly confirmed: readonly string[];
}

export interface HostAddresses {
  /** The addresses of this host. */
  readonly own: readonly string[];
  /** Those of them at which the deployment answers. */
  readonly served: readonly string[];
}

/** Judges whether a name leads to this deployment only. Others may connect to any one of its addresses. */
export function judgeDns(
  { name, addresses, failure, confirmed }: NameFacts,
  { own, served }: HostAddresses,
): Judgement {
  const reached = [...served, ...confirmed];
  const strays = addresses.filter((address) => !reached.includes(address));
  const records = describeRecords(name, served);
  if (strays.length === 0 && failure !== undefined) {
    return unverified(`no name server answers for ${name} (${failure})`, records);
  }
  if (addresses.length === 0) {
    return failed(`${name} has no A or AAAA record`, records);
  }
  if (strays.length === 0) {
    return passed(`${name} leads here (${addresses.join(', ')})`);
  }
  const unserved = strays.filter((address) => own.includes(address));
  if (unserved.length > 0) {
    return failed(
      `${name} leads to ${unserved.join(', ')}, an address of this host at which the deployment will not listen`,
      'Set traefik.publish.address to all in matrix.yaml, or delete that record at your DNS provider.',
    );
  }
  const seen = `${name} leads to ${strays.join(', ')}`;
  if (strays.some((address) => isElsewhere(address, own))) {
    return failed(`${seen}, which is not this host`, `${records} Delete the others.`);
  }
  return unverified(`${seen}; whether that comes to this host cannot be told from here`, records);
}

/** Adds an alternative to the remedy if the server name leads to another host: a web site there can stay. */
export function offeringElsewhere(
  judgement: Judgement,
  { name, addresses }: NameFacts,
  { server_name, host, delegation }: Pick<Config, 'server_name' | 'host' | 'delegation'>,
): Judgement {
  const way =
    delegation === 'srv'
      ? 'traefik.certificates.challenge: dns, which gets the certificate that delegation: srv needs'
      : 'delegation: elsewhere (`init --delegation elsewhere`)';
  return judgement.verdict === 'failed' &&
    addresses.length > 0 &&
    name === server_name &&
    !isOneName({ server_name, host })
    ? { ...judgement, remedy: `${judgement.remedy} Or, where a web site is there that stays: ${way}.` }
    : judgement;
}

/** Whether an address certainly does not lead to this host, not even through a router or a proxy. */
function isElsewhere(address: string, own: readonly string[]): boolean {
  if (proxyAt(address) !== undefined) {
    return false;
  }
  const same = own.filter((each) => familyOf(each) === familyOf(address));
  return same.length === 0 || isPrivate(address) || same.some((each) => !isPrivate(each));
}

/**
 * Where these addresses of a name lead.
 *
 * @param own the addresses of this host
 */
export function destinationOf(addresses: readonly string[], own: readonly string[]): Destination {
  if (addresses.length === 0) return 'nowhere';
  if (addresses.some((address) => own.includes(address))) return 'here';
  return addresses.some((address) => isElsewhere(address, own)) ? 'elsewhere' : 'unclear';
}

/** The records that a name should have, as a remedy. */
export function describeRecords(name: string, own: readonly string[]): string {
  const outward = own.filter((address) => !isPrivate(address));
  const shown = outward.length > 0 ? outward : own;
  const lines = shown.map(
    (address) => `\`${name}. ${familyOf(address) === 'ipv6' ? 'AAAA' : 'A'} ${address}\``,
  );
  const advice = `Set at your DNS provider: ${lines.join(' and ')}.`;
  return outward.length > 0 ? advice : `${advice} Behind a router, set the router's public address instead.`;
}

/**
 * Judges a proxy of a provider that answers in place of this host. It is allowed, but the CA's requests must arrive.
 *
 * @param challenge how the CA verifies control of the name; `undefined` if another proxy of this host has the
 *   certificates
 */
export function judgeProxy({ name, addresses }: NameFacts, challenge: Challenge | undefined): Judgement {
  const provider = addresses.map(proxyAt).find((each) => each !== undefined);
  if (provider === undefined) {
    return passed(`no proxy stands before ${name}`);
  }
  const seen = `${provider} answers for ${name}`;
  return challenge === 'tls-alpn'
    ? failed(
        `${seen}, and terminates TLS itself: the CA's request on port 443 never arrives here`,
        'Switch the proxy off for this name (at Cloudflare: "DNS only"), or set traefik.certificates.challenge to http or dns.',
      )
    : warning(
        `${seen}: it sees all traffic, and may limit the size of uploads`,
        'Switch the proxy off for this name (at Cloudflare: "DNS only") unless you want that; docs/existing-proxy.md says what does not work behind one.',
      );
}

/** @param failures by name, the error code if there was no answer; `undefined` for any answer */
export function judgeResolution(failures: Readonly<Record<string, string | undefined>>): Judgement {
  const names = Object.keys(failures);
  const codes = Object.values(failures);
  if (names.length === 0 || codes.includes(undefined)) {
    return passed('names can be resolved');
  }
  return failed(
    `no name server answers this host: ${names.join(', ')} could not be asked for (${codes.join(', ')})`,
    'See /etc/resolv.conf and the network; `getent hosts example.org` tells when it works again.',
  );
}
