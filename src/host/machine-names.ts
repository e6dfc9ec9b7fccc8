import { hostname } from 'node:os';
import { readHosts } from './hosts-file.ts';

/** What this machine calls itself: its host name, and the names that stand beside that in /etc/hosts. */
export async function machineNames(): Promise<string[]> {
  const own = hostname();
  const beside = (await readHosts()).map(({ names }) => names).filter((names) => names.includes(own));
  return [own, ...beside.flat()];
}
