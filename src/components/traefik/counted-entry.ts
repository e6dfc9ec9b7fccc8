import type { Settings } from '../component.ts';
import type { ProxyLimits } from './limits.ts';

type Scheme = 'http' | 'https';

/**
 * The share of the connections. Requests without TLS are only for redirections and certificate challenges: a quarter
 * is enough.
 */
const shares: Readonly<Record<Scheme, number>> = { http: 1 / 4, https: 1 };

/** The entry points of templates/traefik/traefik.yml that a connection passes after the public one. */
const next = {
  http: { counted: '127.0.0.1:8083', reader: 'web', address: '127.0.0.1:8084' },
  https: { counted: '127.0.0.1:8444', reader: 'websecure', address: '127.0.0.1:8445' },
} as const;

/**
 * The engine's own addresses by default. The engine relays IPv6 connections from these addresses if the network of
 * the containers has no IPv6 (moby/moby, libnetwork/ipamutils).
 */
export const relays: readonly string[] = ['172.16.0.0/12', '192.168.0.0/16'];

/**
 * Traefik's `tcp` section. Each connection is counted by its address, then in total, before anything is read from it.
 * Traefik can count only by address: at the second entry point, the address of all connections is the loopback.
 */
export function countedEntry(limits: ProxyLimits, schemes: readonly Scheme[]): Settings {
  const parts = schemes.map((scheme) => entryOf(limits, scheme));
  return {
    routers: Object.assign({}, ...parts.map(({ routers }) => routers)),
    middlewares: Object.assign({}, ...parts.map(({ middlewares }) => middlewares)),
    services: Object.assign({}, ...parts.map(({ services }) => services)),
  };
}

function entryOf({ connections, perAddress, relayed }: ProxyLimits, scheme: Scheme) {
  const { counted, reader, address } = next[scheme];
  const router = (entryPoint: string, rule: string, middleware: string, service: string) => ({
    entryPoints: [entryPoint],
    rule,
    middlewares: [middleware],
    service,
  });
  const everything = 'HostSNI(`*`)';
  const relay = relays.map((range) => `ClientIP(\`${range}\`)`).join(' || ');
  const [ofAddress, ofRelay, inTotal] = [`${scheme}-of-address`, `${scheme}-of-relay`, `${scheme}-in-total`];
  const atMost = (amount: number) => ({ inFlightConn: { amount: Math.floor(amount * shares[scheme]) } });
  return {
    routers: {
      [`public-${scheme}`]: router(`public-${scheme}`, everything, ofAddress, `counted-${scheme}`),
      [`relayed-${scheme}`]: router(`public-${scheme}`, relay, ofRelay, `counted-${scheme}`),
      [`counted-${scheme}`]: router(`counted-${scheme}`, everything, inTotal, reader),
    },
    middlewares: {
      [ofAddress]: atMost(perAddress),
      [ofRelay]: atMost(relayed),
      [inTotal]: atMost(connections),
    },
    services: {
      [`counted-${scheme}`]: { loadBalancer: { serversTransport: 'first', servers: [{ address: counted }] } },
      [reader]: { loadBalancer: { serversTransport: 'second', servers: [{ address }] } },
    },
  };
}
