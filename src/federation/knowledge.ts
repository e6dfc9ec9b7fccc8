import { clientKnowledge } from './client-knowledge.ts';
import { anyAddress, type Knowledge, otherRequests } from './faults.ts';

const skipped = 'Other homeservers go on without this document, to an SRV record or port 8448, or give up';
const delegation =
  'Let /.well-known/matrix/server answer {"m.server": "matrix.example.org:443"}, with your own name and port.';
const untrusted = 'Other homeservers and clients refuse the connection';
const unsigned = 'Other homeservers cannot verify what this server sends, and refuse it';

/**
 * Every code of a finding. They are stable: programs compare them.
 */
const knowledge = {
  'dns-no-address': {
    reason: 'Nobody finds a name without an A or AAAA record',
    remedy:
      'Set an A record where the server has IPv4, and an AAAA record where it has IPv6, at your DNS provider.',
  },
  'dns-failure': {
    reason: 'Where no name server answers, nobody finds the server',
    remedy:
      "Ask again; if it stays, see the zone's name servers and its DNSSEC, and whether this host resolves names.",
  },
  'loopback-address': {
    reason: 'Such an address leads everybody to their own machine, and never to this server',
    remedy: 'Set the record to the public address of the server. It was not asked.',
  },
  'private-address': {
    reason: 'It is reached from within a private network only, not from the Internet',
    remedy: 'Set the record to the public address, unless the server is for such a network.',
  },
  'leads-inside': {
    reason:
      'A public server that points into the network of the checking host is misconfigured, or an attack on it',
    remedy: 'Name a public server instead. It was not asked.',
  },
  'too-many': {
    reason: 'The others were not checked',
    remedy: 'Use fewer records.',
  },
  'well-known-unreachable': {
    reason: skipped,
    remedy: 'Let a web server answer https://, port 443, at every address of the server name.',
  },
  'well-known-tls': { reason: skipped, remedy: 'Get a certificate for the server name itself.' },
  'well-known-status': { reason: skipped, remedy: `${delegation} Where nothing is delegated, answer 404.` },
  'well-known-json': { reason: skipped, remedy: delegation },
  'well-known-no-server': { reason: skipped, remedy: delegation },
  'well-known-bad-server': {
    reason: skipped,
    remedy: 'It must be a hostname, with a port or without, and no https:// and no path.',
  },
  'well-known-size': { reason: skipped, remedy: delegation },
  'well-known-redirect-loop': { reason: skipped, remedy: `Answer without redirects. ${delegation}` },
  'well-known-redirect-insecure': {
    reason: skipped,
    remedy: 'Redirect to https:// only, or answer without a redirect.',
  },
  'well-known-redirect-broken': {
    reason: skipped,
    remedy: 'Answer without a redirect, or redirect to a full https:// address.',
  },
  'well-known-differs': { reason: anyAddress, remedy: 'Let every address answer with the same document.' },
  'srv-cname': {
    reason:
      'A target that is another name for something else (CNAME) is not allowed (RFC 2782), and not found by all',
    remedy: 'Let the SRV record name a host that has A or AAAA records itself.',
  },
  'srv-no-service': {
    reason: 'A record with the target "." says that there is no Matrix server',
    remedy: 'Delete that SRV record, or let it name the host of the server.',
  },
  'srv-failure': {
    reason: 'Servers that cannot look up SRV records do not find this one, or use port 8448',
    remedy: "Ask again; if it stays, see the zone's name servers.",
  },
  'srv-legacy': {
    reason: 'The name _matrix._tcp is deprecated since Matrix 1.8',
    remedy: 'Set the same record for _matrix-fed._tcp, and keep the old one for a while.',
  },
  'connect-refused': {
    reason: anyAddress,
    remedy:
      'Let the server, or its proxy, listen on this address and port; or delete the record of the address.',
  },
  'connect-timeout': {
    reason: anyAddress,
    remedy:
      'Open the port in the firewall, of the host and of the provider; or delete the record of the address.',
  },
  'connect-failed': {
    reason: anyAddress,
    remedy: 'See the network of the host at this address; or delete the record of the address.',
  },
  'ipv6-untested': {
    reason: 'Servers and clients with IPv6 use this address first',
    remedy: 'Run this check on a host that has IPv6.',
  },
  'tls-expired': {
    reason: untrusted,
    remedy: 'Renew the certificate, see why it was not renewed by itself, and reload the proxy.',
  },
  'tls-not-yet-valid': {
    reason: untrusted,
    remedy: "Set the clock of its issuer right, or this host's.",
  },
  'tls-wrong-name': {
    reason: untrusted,
    remedy:
      'Get a certificate for exactly this name: a delegated name in the well-known document needs its own, an SRV record needs that of the server name.',
  },
  'tls-self-signed': {
    reason: untrusted,
    remedy: 'Get a certificate from a CA that everybody trusts, such as Let’s Encrypt.',
  },
  'tls-chain': {
    reason: untrusted,
    remedy:
      'Serve the whole chain (fullchain.pem, not cert.pem). If it is complete, its CA is not a public one.',
  },
  'tls-untrusted': { reason: untrusted, remedy: 'Get a certificate from a CA that everybody trusts.' },
  'tls-none': {
    reason: 'Homeservers speak TLS only',
    remedy: 'Let this port speak TLS, or lead to another port.',
  },
  'tls-old': {
    reason: 'Homeservers and clients want TLS 1.2 or newer',
    remedy: 'Switch TLS 1.2 and 1.3 on.',
  },
  'tls-failed': {
    reason: untrusted,
    remedy: 'See the log of the proxy: it ended the TLS handshake, or does not know this name.',
  },
  'tls-expires-soon': {
    reason: 'It is renewed a month before its end, where that works',
    remedy: 'See why it was not renewed yet.',
  },
  'keys-unreachable': {
    reason: unsigned,
    remedy: `It takes connections, but gives no complete answer to /_matrix/key/v2/server. ${otherRequests}`,
  },
  'keys-status': { reason: unsigned, remedy: otherRequests },
  'keys-json': { reason: unsigned, remedy: `Something else than a homeserver answers. ${otherRequests}` },
  'keys-wrong-server': {
    reason: unsigned,
    remedy:
      'Lead the name to its own homeserver, or set server_name of the homeserver to the name that it is found by.',
  },
  'keys-expired': { reason: unsigned, remedy: "Set the server's clock right, and restart the homeserver." },
  'keys-none': { reason: unsigned, remedy: 'See that the homeserver has its signing key.' },
  'keys-bad-key': { reason: unsigned, remedy: 'See the signing key of the homeserver.' },
  'keys-signature': {
    reason: unsigned,
    remedy:
      'See that nothing on the way changes the document, and that the homeserver has its own signing key.',
  },
  'keys-differ': {
    reason: 'Two homeservers with one name take messages from each other',
    remedy: 'Lead all addresses to the same homeserver.',
  },
  'federation-version': { reason: 'Other homeservers ask below /_matrix/federation', remedy: otherRequests },
  'encoded-path': {
    reason:
      'A room or event with a slash in its ID cannot be reached: a proxy decodes %2F on the way, or refuses it',
    remedy:
      'nginx: proxy_pass without a path at its end. Apache: AllowEncodedSlashes NoDecode and nocanon. Traefik: allow encoded slashes at the entry point.',
  },
  clock: {
    reason:
      'With a wrong clock, keys and certificates look expired, and messages come from the past or the future',
    remedy: 'Let NTP set the clock of the server (`timedatectl set-ntp true`), and see that of this host.',
  },
  'admin-reachable': {
    reason: 'Anybody with the access token of an admin controls the server from anywhere',
    remedy: 'Let the proxy refuse /_synapse/admin to the outside.',
  },
  ...clientKnowledge,
} as const satisfies Record<string, Knowledge>;

export type CheckCode = keyof typeof knowledge;

/** A fault, or something that could not be checked. */
export interface CheckFinding {
  readonly code: CheckCode;
  /** `unverified`: this host cannot tell. `warning`: it works, but should be changed. */
  readonly verdict: 'failed' | 'warning' | 'unverified';
  /** Where it was seen: an address, a name or a URL. */
  readonly at: string;
  readonly saw: string;
  readonly reason: string;
  readonly remedy: string;
}

export function finding(
  code: CheckCode,
  at: string,
  saw: string,
  verdict: CheckFinding['verdict'] = 'failed',
): CheckFinding {
  return { code, verdict, at, saw, ...knowledge[code] };
}
