import { cached } from './cache.ts';
import { makeDebianRoot } from './engine/debian-root.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';

const root = {
  suite: 'trixie',
  packages: ['ca-certificates', 'curl', 'iproute2', 'libstdc++6', 'dnsmasq-base'],
};

/** The root file system of a machine with a caching resolver. */
function resolverTree(): Promise<string> {
  return cached('resolver', root, (directory) => makeDebianRoot(root, directory));
}

/** A resolver (dnsmasq) that asks the lab's name server, and remembers what it answers as long as that allows. */
export class Resolver {
  readonly machine: Machine;

  private constructor(machine: Machine) {
    this.machine = machine;
  }

  static async rent(lab: Lab, name: string): Promise<Resolver> {
    const resolver = new Resolver(await lab.machine(name, { tree: await resolverTree() }));
    await resolver.start(lab);
    return resolver;
  }

  /**
   * Starts it, in place of one that runs: with nothing remembered.
   * @param own addresses that it gives by itself, by name, in place of those in the DNS
   */
  async start(lab: Lab, own: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.machine.run([
      'sh',
      '-c',
      'kill $(cat /run/dnsmasq.pid 2>/dev/null) 2>/dev/null || true; rm -f /run/dnsmasq.pid',
    ]);
    await this.machine.run([
      'dnsmasq',
      '--conf-file=/dev/null',
      '--user=root',
      '--pid-file=/run/dnsmasq.pid',
      '--no-resolv',
      '--no-hosts',
      `--server=${lab.dns.address}`,
      ...Object.entries(own).map(([name, address]) => `--host-record=${name},${address}`),
    ]);
  }
}
