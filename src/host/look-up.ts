import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { readHosts } from './hosts-file.ts';
import { askNameServers } from './name-servers.ts';

/**
 * Looks up the addresses of a name in /etc/hosts, or else at the name servers. Replaces the system's resolver, which
 * cannot be stopped: while that waits, even the process cannot end.
 *
 * Calls back with the error codes of `dns.lookup`: ENOTFOUND for a name without an address, EAI_AGAIN if no name
 * server answers.
 */
export const lookUp: LookupFunction = (name, { all, family }, callback) => {
  addressesOf(name).then(
    (addresses) => {
      const wanted = addresses.filter((one) => !family || String(family).endsWith(String(one.family)));
      const [first] = wanted;
      if (first === undefined) {
        callback(failure('ENOTFOUND', name), []);
      } else if (all) {
        callback(null, wanted);
      } else {
        callback(null, first.address, first.family);
      }
    },
    () => callback(failure('EAI_AGAIN', name), []),
  );
};

async function addressesOf(name: string): Promise<LookupAddress[]> {
  const local = (await readHosts()).filter(({ names }) => names.includes(name));
  const addresses =
    local.length > 0
      ? local.map(({ address }) => address)
      : (
          await Promise.all([
            askNameServers((resolver) => resolver.resolve4(name)),
            askNameServers((resolver) => resolver.resolve6(name)),
          ])
        ).flat();
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

function failure(code: string, name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${name} could not be resolved (${code})`), { code });
}
