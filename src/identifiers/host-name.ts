/** One label of a hostname in lower case, as part of a regular expression (RFC 1035, section 2.3.1; RFC 1123, section 2.1). */
export const hostLabel = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/**
 * A regular expression for a hostname in lower case.
 *
 * @param longest in characters; the default is the limit of the DNS (RFC 1035, section 2.3.4)
 */
export function hostNamePattern(longest = 253): string {
  return `^(?=.{1,${longest}}$)${hostLabel}(?:\\.${hostLabel})*$`;
}

/** A hostname or an address as it stands before a port: an IPv6 address in brackets (RFC 3986, section 3.2.2). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether a name or address means the machine itself; inside a container, it means the container. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost\.?|ip6-localhost|::1?|::ffff:7f.*|0\.0\.0\.0|127\..*)$/i.test(host);
}
