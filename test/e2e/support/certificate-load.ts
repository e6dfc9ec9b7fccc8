import type { Machine } from '../../lab/machine.ts';
import { runWhile } from './load.ts';

/** What somebody has seen who asked a server twenty times a second, by a new connection each time. */
interface SeenByAsking {
  readonly answered: number;
  /** What requests failed with. */
  readonly failed: readonly string[];
  /** Serial numbers of the certificates that were served, in their order. */
  readonly serials: readonly string[];
}

/**
 * Asks a server from a machine of the lab while something is done.
 *
 * @param ca file on that machine with the roots to trust
 */
export async function whileAsking(
  from: Machine,
  name: string,
  ca: string,
  work: () => Promise<unknown>,
): Promise<SeenByAsking> {
  const argv = [name, '/_matrix/client/versions', ca];
  return JSON.parse(await runWhile(from, 'certificate-load.mjs', argv, work));
}
