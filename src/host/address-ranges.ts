import { BlockList, isIPv6 } from 'node:net';
import type { Reachability } from '../federation/observed.ts';

/**
 * Addresses that are not routed on the Internet (IANA's special-purpose registries, RFC 6890): private ones, shared
 * ones of providers' networks (RFC 6598), loopback, link-local, unique local ones (RFC 4193).
 */
const privateRanges = rangesOf([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
]);

/** Addresses of the host itself and of its own link (RFC 6890): every host has the same ones. */
const hostRanges = rangesOf(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/128', '::1/128', 'fe80::/10']);

/** Addresses at which providers answer in place of their customers' servers, as the providers publish them. */
const proxies: Readonly<Record<string, BlockList>> = {
  // https://www.cloudflare.com/ips/
  Cloudflare: rangesOf([
    '173.245.48.0/20',
    '103.21.244.0/22',
    '103.22.200.0/22',
    '103.31.4.0/22',
    '141.101.64.0/18',
    '108.162.192.0/18',
    '190.93.240.0/20',
    '188.114.96.0/20',
    '197.234.240.0/22',
    '198.41.128.0/17',
    '162.158.0.0/15',
    '104.16.0.0/13',
    '104.24.0.0/14',
    '172.64.0.0/13',
    '131.0.72.0/22',
    '2400:cb00::/32',
    '2606:4700::/32',
    '2803:f800::/32',
    '2405:b500::/32',
    '2405:8100::/32',
    '2a06:98c0::/29',
    '2c0f:f248::/32',
  ]),
  // https://api.fastly.com/public-ip-list
  Fastly: rangesOf([
    '23.235.32.0/20',
    '43.249.72.0/22',
    '103.244.50.0/24',
    '103.245.222.0/23',
    '103.245.224.0/24',
    '104.156.80.0/20',
    '140.248.64.0/18',
    '140.248.128.0/17',
    '146.75.0.0/17',
    '151.101.0.0/16',
    '157.52.64.0/18',
    '167.82.0.0/17',
    '167.82.128.0/20',
    '167.82.160.0/20',
    '167.82.224.0/20',
    '172.111.64.0/18',
    '185.31.16.0/22',
    '199.27.72.0/21',
    '199.232.0.0/16',
    '2a04:4e40::/32',
    '2a04:4e42::/32',
  ]),
};

export function isPrivate(address: string): boolean {
  return privateRanges.check(address, familyOf(address));
}

/** From where an address can be reached. */
export function reachOf(address: string): Reachability {
  if (hostRanges.check(address, familyOf(address))) return 'host';
  return isPrivate(address) ? 'private' : 'public';
}

/** The provider that answers at an address in place of its customers' servers; `undefined` for other addresses. */
export function proxyAt(address: string): string | undefined {
  return Object.keys(proxies).find((provider) => proxies[provider]?.check(address, familyOf(address)));
}

/**
 * Those of a host's addresses at which published ports can be reached.
 *
 * @param published the address that the ports are bound to; absent for all addresses
 */
export function servedAmong(own: readonly string[], published: string | undefined): readonly string[] {
  switch (published) {
    case undefined:
      return own;
    case '0.0.0.0':
      return own.filter((address) => familyOf(address) === 'ipv4');
    case '::':
      return own.filter((address) => familyOf(address) === 'ipv6');
    default: {
      // Compares addresses, not text: an IPv6 address can be written in several ways.
      const bound = new BlockList();
      bound.addAddress(published, familyOf(published));
      return own.filter((address) => bound.check(address, familyOf(address)));
    }
  }
}

/** Whether a host with these addresses has IPv6 only. False if it has no address. */
export function isIpv6Only(own: readonly string[]): boolean {
  return own.length > 0 && own.every(isIPv6);
}

export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), familyOf(network));
  }
  return list;
}
