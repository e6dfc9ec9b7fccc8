import { slowestLine } from '../slow-line.ts';

const hour = 3600;

/**
 * The time limit of the proxy for reading a whole request, in seconds: as long as the largest body takes over the
 * slowest connection, in whole hours, so that not every change of a limit restarts the proxy.
 *
 * @param bodies the largest request of each route, in bytes
 */
export function readSeconds(bodies: readonly number[]): number {
  return Math.ceil(Math.max(1, ...bodies) / slowestLine / hour) * hour;
}
