import { hostname } from 'node:os';
import { readHosts } from './hosts-file.ts';

/** The names of this machine: the one of hostname(1), and the other names in the same lines of /etc/hosts. */
export async function machineNames(): Promise<string[]> {
  const own = hostname();
  const beside = (await readHosts()).map(({ names }) => names).filter((names) => names.includes(own));
  return [own, ...beside.flat()];
}
