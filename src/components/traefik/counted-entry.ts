import type { Settings } from '../component.ts';
import type { ProxyLimits } from './limits.ts';

type Scheme = 'http' | 'https';

/** What is asked for without TLS is a redirection, or a certificate challenge: a part of the connections is enough. */
const shares: Readonly<Record<Scheme, number>> = { http: 1 / 4, https: 1 };

/** The entry points of templates/traefik/traefik.yml that a connection passes after the public one. */
const next = {
  http: { counted: '127.0.0.1:8083', reader: 'web', address: '127.0.0.1:8084' },
  https: { counted: '127.0.0.1:8444', reader: 'websecure', address: '127.0.0.1:8445' },
} as const;

/**
 * Where the engine's own addresses are by default: it relays what comes by IPv6 where the containers' network has none
 * (moby/moby, libnetwork/ipamutils).
 */
export const relays: readonly string[] = ['172.16.0.0/12', '192.168.0.0/16'];

/**
 * Traefik's `tcp` section: each connection is counted by its address, then with all others, before anything of it is
 * read. Traefik counts by address only: where the second entry point counts, all come from the loopback.
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
