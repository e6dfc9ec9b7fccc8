import type { Host } from '../../lab/host.ts';

const often = { per_second: 100, burst_count: 100 };

/** Overrides of Synapse with which many users can log in one after the other. */
export const manyLogins = { rc_login: { address: often, account: often, failed_attempts: often } };

/**
 * Writes a file for `add-user --from`, which nobody else may read.
 *
 * @param lines its header, then a user each
 */
export async function giveUserFile(host: Host, path: string, lines: readonly string[]): Promise<void> {
  await host.writeFile(path, `${lines.join('\n')}\n`, '0600');
}

/** By name, the passwords in the file that `--passwords-to` has named. */
export async function readPasswords(host: Host, path: string): Promise<Map<string, string>> {
  const lines = (await host.readFile(path)).trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(',') as [string, string]));
}
