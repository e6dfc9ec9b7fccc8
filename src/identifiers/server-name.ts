import { hostNamePattern } from './host-name.ts';

/** A server name, or the target of a delegation, which has the same form (Matrix appendices, "Server Name"). */
export interface ServerName {
  /** As it was written, in lower case. */
  readonly text: string;
  /** A DNS name, or an address: an IPv6 one without its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly isAddress: boolean;
}

const dnsName = new RegExp(hostNamePattern());
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const parts = /^(?:\[([0-9a-f:.]{2,45})\]|([^[\]:]+))(?::(\d{1,5}))?$/;

/** Parses a server name; `undefined` when the text is not one. */
export function parseServerName(written: string): ServerName | undefined {
  const text = written.toLowerCase();
  const [, ipv6, other = '', digits] = parts.exec(text) ?? [];
  const host = ipv6 ?? other;
  const port = digits === undefined ? undefined : Number(digits);
  const isAddress = ipv6 === undefined ? ipv4.test(other) : isIpv6(ipv6);
  const isGood = isAddress || (ipv6 === undefined && dnsName.test(other));
  return isGood && port !== 0 && (port ?? 1) < 65536 ? { text, host, port, isAddress } : undefined;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`https://[${text}]/`);
}
