import { hostname } from 'node:os';
import { readIfExists } from './files.ts';

/** What this machine calls itself: its host name, and the names that stand beside that in /etc/hosts. */
export async function machineNames(): Promise<string[]> {
  const own = hostname();
  const lines = ((await readIfExists('/etc/hosts')) ?? '').split('\n');
  const beside = lines
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
    .filter((names) => names.includes(own));
  return [own, ...beside.flat()];
}
