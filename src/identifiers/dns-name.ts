import { domainToASCII, domainToUnicode } from 'node:url';
import * as z from 'zod';
import { hostNamePattern } from './host-name.ts';

const hostName = new RegExp(hostNamePattern(230));

/**
 * Schema of a DNS name in lower case, for server names and hostnames. The Matrix specification (appendices, "Server
 * Name") also allows addresses and ports in a server name. Both are refused here: neither can have a certificate and
 * a delegation of its own, and a server name cannot be changed later.
 */
export function dnsName(description: string) {
  return z
    .string()
    .regex(hostName, 'must be a DNS name in lower case, without scheme, port or path, such as example.org')
    .refine(
      (name) => !isAddress(name),
      'must be a name, not an IP address: an address cannot move to another machine',
    )
    .refine(isInternational, 'has a part that begins with xn-- and stands for no name (RFC 5891)')
    .describe(description);
}

/** Whether the last label is a number, as in an IPv4 address. No top-level domain is one (RFC 3696, section 2). */
function isAddress(name: string): boolean {
  return /(?:^|\.)\d+$/.test(name);
}

/** Whether every label that begins with xn-- can be decoded. True for a name without such a label. */
function isInternational(name: string): boolean {
  if (!/(?:^|\.)xn--/.test(name)) return true;
  const read = domainToUnicode(name);
  // If a label cannot be decoded, some releases of Node return it unchanged; others return an empty string.
  return !/(?:^|\.)xn--/.test(read) && (read === name || domainToASCII(read) === name);
}

/** The Unicode form of a name; `undefined` when it equals the name. */
export function readName(name: string): string | undefined {
  const read = domainToUnicode(name);
  return read === name ? undefined : read;
}

/**
 * Domains that no public CA issues certificates for. They are reserved (RFC 2606, RFC 6761, RFC 6762, RFC 7686,
 * RFC 8375, RFC 9476, ICANN's resolution on .internal), or common in private networks without being registered.
 */
const privateDomains =
  /(?:^|\.)(?:alt|corp|example|home|home\.arpa|internal|intranet|invalid|lan|local|localdomain|localhost|mail|onion|private|test)$/;

/** Whether a public CA can issue a certificate for a DNS name. */
export function isPublicName(name: string): boolean {
  return name.includes('.') && !privateDomains.test(name);
}

/**
 * Whether any CA, even a private one, can issue a useful certificate for a DNS name. No other machine can reach a
 * name of one label, or a name that means the machine itself.
 */
export function isReachableName(name: string): boolean {
  return name.includes('.') && !/\.(?:localhost|localdomain)$/.test(name);
}

/** Guesses the DNS name in a user ID, a web address or a name with capitals; `undefined` when there is none. */
export function dnsNameIn(text: string): string | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?:[a-z]+:\/\/|@[^:]*:)/, '')
    .replace(/[/:?#].*$/, '')
    .replace(/\.$/, '');
  // An internationalised name stands for its ASCII form in the DNS.
  const ascii = /[^\0-\x7f]/.test(name) ? domainToASCII(name) : name;
  return hostName.test(ascii) && !isAddress(ascii) ? ascii : undefined;
}
