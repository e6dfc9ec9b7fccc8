import { memoryBytes } from '../options.ts';

/**
 * What a connection may cost: 90 kB were measured with Traefik 3.7.15 for one that waits in the middle of its header,
 * and up to 40 kB come on top for each request that is held with the largest header.
 */
const bytesPerConnection = 256 * 2 ** 10;

/** Each connection takes a port of the loopback for each hop inside the proxy; the kernel has 28,000. */
const mostConnections = 16_384;

/** How much one proxy takes at once. All of it follows from the memory that it has. */
export interface ProxyLimits {
  /** Connections in total. */
  readonly connections: number;
  /** Connections from one address. */
  readonly perAddress: number;
  /** Connections from an address that the engine relays for: many clients look like one. */
  readonly relayed: number;
  /** Requests at once from one address. */
  readonly requests: number;
  /** Memory at which Go begins to collect garbage at any price, in bytes (Go's GOMEMLIMIT). */
  readonly softMemoryBytes: number;
}

/** @param memory the limit of the container, such as `256m` */
export function proxyLimits(memory: string): ProxyLimits {
  const bytes = memoryBytes(memory);
  const connections = Math.min(Math.floor(bytes / bytesPerConnection), mostConnections);
  return {
    connections,
    perAddress: Math.floor(connections / 8),
    relayed: Math.floor(connections / 2),
    requests: Math.floor(connections / 2),
    softMemoryBytes: (bytes / 4) * 3,
  };
}
