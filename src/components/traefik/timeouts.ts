import { slowestLine } from '../slow-line.ts';

const hour = 3600;

/**
 * How long the proxy may take to read a whole request, in seconds: as long as the slowest line takes for the largest body.
 * In whole hours, so that not every change of a limit restarts the proxy.
 *
 * @param bodies the largest request of each route, in bytes
 */
export function readSeconds(bodies: readonly number[]): number {
  return Math.ceil(Math.max(1, ...bodies) / slowestLine / hour) * hour;
}
