import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../apply/deployment.ts';
import { readRoots } from '../../apply/probe.ts';
import { type OutsideFinding, verifyOutside } from '../../apply/verify-outside.ts';
import { UserError } from '../../errors.ts';
import { isPrivate } from '../../host/address-ranges.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { lookUp } from '../../host/look-up.ts';
import type { RemoteHost } from '../../host/ssh.ts';
import { lockedStack } from '../../state/locked-stack.ts';

/**
 * The public addresses of a host: those of its hostname, as ssh has it.
 *
 * @param own the addresses of its interfaces, which are used if only ssh understands the hostname
 */
export async function addressesOf(remote: RemoteHost, own: readonly string[]): Promise<readonly string[]> {
  const name = await remote.hostName();
  if (isIP(name) !== 0) return [name];
  const found = await new Promise<readonly string[]>((resolve) => {
    lookUp(name, { all: true }, (_error, addresses) => {
      resolve(Array.isArray(addresses) ? addresses.map(({ address }) => address) : []);
    });
  });
  if (found.length > 0) return found;
  const outward = own.filter((address) => !isPrivate(address));
  return outward.length > 0 ? outward : own;
}

const attempts = 5;

/**
 * Runs the external checks of the moved server at its new addresses, since its names still lead to the old host.
 * Repeats them a few times before it gives up.
 *
 * @throws UserError naming the checks that did not pass
 */
export async function verifyArrival(
  deployment: Deployment,
  addresses: readonly string[],
): Promise<OutsideFinding[]> {
  const stack = await lockedStack(deployment);
  const surroundings = {
    roots: await readRoots(deployment, stack),
    clock: deployment.clock,
    network: {
      addresses: async (_name: string, family: 'A' | 'AAAA') => ({
        records: addresses.filter((address) => isIP(address) === (family === 'A' ? 4 : 6)),
      }),
    },
    ownAddresses: [],
    signal: uninterruptible,
  };
  for (let attempt = 1; ; attempt++) {
    const findings = await verifyOutside(stack, surroundings);
    const wrong = findings.filter(({ verdict }) => verdict === 'failed' || verdict === 'unverified');
    if (wrong.length === 0) return findings;
    if (attempt === attempts) {
      throw new UserError(
        `the server does not answer as expected at ${addresses.join(', ')}: ${wrong[0]?.saw}`,
        {
          code: 'move.outside',
          details: wrong.map(({ expectation, url, saw }) => `${expectation} (${url}): ${saw}`),
          hint: 'See whether a firewall lets ports 80 and 443 through there; if the internet reaches that host at another address, name it with --address.',
        },
      );
    }
    await sleep(2000);
  }
}
