import { memoryBytes } from '../options.ts';

/**
 * Memory for one connection, in bytes. Measured with Traefik 3.7.15: 90 kB for a connection that waits in the middle
 * of its header, and up to 40 kB more for each request with the largest header that is held.
 */
const bytesPerConnection = 256 * 2 ** 10;

/** Each connection takes a loopback port for each hop inside the proxy. The kernel has 28,000 of them. */
const mostConnections = 16_384;

/** The limits of the proxy, all of which follow from its memory. */
export interface ProxyLimits {
  /** Connections in total. */
  readonly connections: number;
  /** Connections from one address. */
  readonly perAddress: number;
  /** Connections from one address of the engine, which may relay many clients. */
  readonly relayed: number;
  /** Concurrent requests from one address. */
  readonly requests: number;
  /** Memory from which Go collects garbage at any cost, in bytes (GOMEMLIMIT of Go). */
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
