import { checkout, type Machine } from '../../lab/machine.ts';

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
  const stop = await from.run(['mktemp', '--dry-run']);
  const program = `${checkout.onMachines}/test/e2e/support/certificate-load.mjs`;
  const argv = ['node', program, name, '/_matrix/client/versions', ca, stop];
  const load = from.run(argv, { timeoutSeconds: 240 });
  try {
    await work();
  } finally {
    await from.run(['touch', stop]);
  }
  return JSON.parse(await load);
}
