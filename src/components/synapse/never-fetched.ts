/**
 * Addresses that the homeserver never calls for a preview: all that are not of the public internet (IANA's
 * special-purpose address registries, RFC 6890), and IPv6 ranges in which a gateway translates to IPv4 addresses.
 * Docker's networks are among the private ranges. Synapse itself adds the forms `::ffff:a.b.c.d` of IPv4 addresses.
 */
export const neverFetched: readonly string[] = [
  // This network, private, shared by the customers of a provider, the host itself, the link (and metadata services).
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  // Protocol assignments, documentation, 6to4 relays, benchmarks.
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Multicast, reserved, broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Unspecified, the host itself, IPv4 in IPv6: by NAT64, Teredo and 6to4.
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/23',
  '2002::/16',
  // Discarded, documentation, segment routing, private, the link, site-local, multicast.
  '100::/64',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];
