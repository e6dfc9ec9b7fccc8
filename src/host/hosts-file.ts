import { readForeign } from './files.ts';

interface HostsEntry {
  readonly address: string;
  readonly names: readonly string[];
}

/** The entries of /etc/hosts (hosts(5)). */
export async function readHosts(): Promise<HostsEntry[]> {
  return ((await readForeign('/etc/hosts')) ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .map(([address = '', ...names]) => ({ address, names }));
}
