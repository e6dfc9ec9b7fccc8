import { type AddressFamily, firstEngineWithIpv6 } from '../edge.ts';
import type { TraefikOptions } from './options.ts';

/**
 * What to do if the engine relays the connections of clients, so that all of them seem to come from the engine
 * (docs.docker.com/engine/daemon/ipv6 and /engine/network/packet-filtering-firewalls).
 */
export function whenHidden(
  { ipv6_network }: Pick<TraefikOptions['publish'], 'ipv6_network'>,
  family: AddressFamily,
  engineVersion: string,
): string {
  if (family === 'ipv4') {
    return 'See that `iptables` is not false in /etc/docker/daemon.json; an engine without root needs a port driver that keeps addresses.';
  }
  if (Number.parseInt(engineVersion, 10) < firstEngineWithIpv6) {
    return `Update Docker Engine ${engineVersion} to ${firstEngineWithIpv6} or newer, then set \`traefik.publish.ipv6_network\` to true; or remove the AAAA records, so that all come by IPv4.`;
  }
  return ipv6_network
    ? 'See that neither `ip6tables` nor `iptables` is false in /etc/docker/daemon.json.'
    : 'Set `traefik.publish.ipv6_network` to true in matrix.yaml, then run `matrix-deploy apply`.';
}

/** The same where an existing Traefik publishes the ports. */
export function whenHiddenByExisting(family: AddressFamily): string {
  return family === 'ipv4'
    ? 'See that `iptables` is not false in /etc/docker/daemon.json, and that the Traefik that runs here publishes its ports itself.'
    : `Give the network of the Traefik that runs here IPv6 (Docker Engine ${firstEngineWithIpv6} or newer), or remove the AAAA records, so that all come by IPv4.`;
}

/** The same where another proxy of the host passes requests on to ours. */
export const whenNotForwarded =
  'Let the proxy of this host name the client in X-Forwarded-For, as `matrix-deploy edge snippet` shows. If it does, see that the address above is in `traefik.edge.engine_addresses`.';
