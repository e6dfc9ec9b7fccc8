import { domainToASCII, domainToUnicode } from 'node:url';
import * as z from 'zod';
import { hostNamePattern } from './host-name.ts';

const hostName = new RegExp(hostNamePattern(230));

/**
 * A DNS name in lower case, as both a server name and a homeserver host must be here. The Matrix specification
 * (appendices, "Server Name") also allows addresses and ports in a server name; neither can get a certificate
 * and a delegation of its own, and neither can be changed later.
 */
export function dnsName(description: string) {
  return z
    .string()
    .regex(hostName, 'must be a DNS name in lower case, without scheme, port or path, such as example.org')
    .refine((name) => !isAddress(name), 'must be a name and not an IP address, which nobody can take along')
    .refine(isInternational, 'has a part that begins with xn-- and stands for no name (RFC 5891)')
    .describe(description);
}

/** No top-level domain is a number, so that nobody takes a name for an IPv4 address (RFC 3696, section 2). */
function isAddress(name: string): boolean {
  return /(?:^|\.)\d+$/.test(name);
}

/** Can every part that begins with xn-- be read? A name without such a part passes. */
function isInternational(name: string): boolean {
  if (!/(?:^|\.)xn--/.test(name)) return true;
  const read = domainToUnicode(name);
  // Some releases of Node leave a part as it is that they cannot read, others give nothing.
  return !/(?:^|\.)xn--/.test(read) && (read === name || domainToASCII(read) === name);
}

/** A name as people read it, where it is not written so; `undefined` for one that is. */
export function readName(name: string): string | undefined {
  const read = domainToUnicode(name);
  return read === name ? undefined : read;
}

/**
 * Top-level domains that no public CA issues certificates for: they are nobody's (RFC 2606, RFC 6761, RFC 6762,
 * RFC 7686, RFC 8375, RFC 9476, ICANN's resolution on .internal), or what routers and offices make up.
 */
const privateDomains =
  /(?:^|\.)(?:alt|corp|example|home|home\.arpa|internal|intranet|invalid|lan|local|localdomain|localhost|mail|onion|private|test)$/;

/** Can a public CA issue a certificate for a DNS name? */
export function isPublicName(name: string): boolean {
  return name.includes('.') && !privateDomains.test(name);
}

/** Can any CA, even a private one? A name of one part, and those of the machine itself, lead nowhere. */
export function isReachableName(name: string): boolean {
  return name.includes('.') && !/\.(?:localhost|localdomain)$/.test(name);
}

/** The DNS name that somebody probably meant who wrote a user ID, a web address, or capitals. */
export function dnsNameIn(text: string): string | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?:[a-z]+:\/\/|@[^:]*:)/, '')
    .replace(/[/:?#].*$/, '')
    .replace(/\.$/, '');
  // One in letters of other languages is meant by its form in the DNS.
  const ascii = /[^\0-\x7f]/.test(name) ? domainToASCII(name) : name;
  return hostName.test(ascii) && !isAddress(ascii) ? ascii : undefined;
}
