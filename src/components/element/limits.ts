import { memoryBytes } from '../options.ts';

/**
 * Memory for one connection, in bytes: up to 20 KiB of headers in nginx, and 32 KiB in the kernel of an answer that the
 * client does not read (twice `sndbuf` of templates/element/nginx.conf).
 */
const bytesPerConnection = 128 * 2 ** 10;

/** nginx reserves memory for all connections at its start. */
const mostConnections = 4_096;

/** In megabytes. Files that do not fit are served uncompressed. */
const mostCompressed = 32;

/** The limits of the web server, all of which follow from its memory. */
export interface ServingLimits {
  /** Connections in total. Each has one request at a time. */
  readonly connections: number;
  /** Concurrent requests of one client, so that no client has all connections. */
  readonly requestsPerClient: number;
  /** Room for compressed copies of its files, which are kept in its memory. */
  readonly compressedMegabytes: number;
}

/** @param memory the limit of the container, such as `64m` */
export function servingLimits(memory: string): ServingLimits {
  const bytes = memoryBytes(memory);
  const connections = Math.min(Math.floor(bytes / bytesPerConnection), mostConnections);
  return {
    connections,
    requestsPerClient: Math.floor(connections / 4),
    compressedMegabytes: Math.min(Math.floor(bytes / 4 / 2 ** 20), mostCompressed),
  };
}
