import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';

/** Where the lab's own machines answer; every other machine gets the next free address. */
export const addresses = { gateway: 1, dns: 2, acme: 3, registry: 4, staging: 5, firstHost: 11 } as const;

export const ipv4 = (number: number): string => `10.88.0.${number}`;
export const ipv6 = (number: number): string => `fd88::${number}`;

/** The networks of every lab. They are private ones, to which a homeserver does not connect unless it is told to. */
export const ranges = [`${ipv4(0)}/24`, `${ipv6(0)}/64`];

/**
 * The exchange of one lab: a bridge in a network namespace of its own, with no way out. Because nothing of it lies in the
 * machine's own namespace, labs may use the same addresses, need no firewall rule, and vanish with their namespaces.
 */
export class Network {
  readonly prefix: string;
  /** The name of the namespace that the bridge is in. */
  readonly exchange: string;

  /** @param prefix unique for each lab on this machine: its namespaces are called `<prefix>-…` */
  constructor(prefix: string) {
    this.prefix = prefix;
    this.exchange = `${prefix}-net`;
  }

  /** The name, under /run/netns, of the namespace of a machine. */
  namespace(machine: string): string {
    return `${this.prefix}-${machine}`;
  }

  async create(): Promise<void> {
    await run('ip', ['netns', 'add', this.exchange]);
    await this.#batch([
      'link set dev lo up',
      'link add name bridge type bridge',
      `address add ${ipv4(addresses.gateway)}/24 dev bridge`,
      `address add ${ipv6(addresses.gateway)}/64 dev bridge nodad`,
      'link set dev bridge up',
    ]);
  }

  /** Gives a machine its namespace, plugged into the exchange as `number`. */
  async connect(machine: string, number: number, { isIpv6Only = false } = {}): Promise<void> {
    const namespace = this.namespace(machine);
    await run('ip', ['netns', 'add', namespace]);
    await this.#batch([
      `link add name ${machine} type veth peer name eth0 netns ${namespace}`,
      `link set dev ${machine} master bridge up`,
    ]);
    await this.#batch(
      [
        'link set dev lo up',
        ...(isIpv6Only ? [] : [`address add ${ipv4(number)}/24 dev eth0`]),
        `address add ${ipv6(number)}/64 dev eth0 nodad`,
        'link set dev eth0 up',
        ...(isIpv6Only ? [] : [`route add default via ${ipv4(addresses.gateway)}`]),
        `route add default via ${ipv6(addresses.gateway)}`,
      ],
      namespace,
    );
  }

  /** Takes a machine's cable and namespace away, if they are there. */
  async disconnect(machine: string): Promise<void> {
    const namespace = this.namespace(machine);
    if (!existsSync(`/run/netns/${namespace}`)) return;
    // A namespace's links go some time after it; the next machine of that name wants its own at once.
    await this.#batch([`link delete dev ${machine}`]);
    await run('ip', ['netns', 'delete', namespace]);
  }

  /** Pulls the cable of a machine: nothing reaches it any more, and it is told nothing. */
  async cut(machine: string): Promise<void> {
    await this.#batch([`link set dev ${machine} down`]);
  }

  async restore(machine: string): Promise<void> {
    await this.#batch([`link set dev ${machine} up`]);
  }

  /** Unplugs a machine from the bridge and puts two new interfaces, `far` and `near`, for a relay in the gap. */
  async interpose(machine: string): Promise<{ near: string; far: string }> {
    const near = machine;
    const far = `${machine}-far`;
    await this.#batch([
      `link add name ${far} type veth peer name ${machine}-out`,
      `link set dev ${near} nomaster`,
      `link set dev ${machine}-out master bridge up`,
      `link set dev ${far} up`,
    ]);
    return { near, far };
  }

  /** Plugs a machine back into the bridge, if something was put in between. */
  async undoInterpose(machine: string): Promise<void> {
    const links = await run('ip', ['-n', this.exchange, '-brief', 'link', 'show']);
    if (!links.includes(`${machine}-far@`)) return;
    await this.#batch([`link delete dev ${machine}-far`, `link set dev ${machine} master bridge`]);
  }

  /** Removes every namespace of the lab, with all that is in them. */
  async remove(): Promise<void> {
    const names = await readdir('/run/netns').catch(() => []);
    for (const name of names.filter((name) => name.startsWith(`${this.prefix}-`))) {
      await run('ip', ['netns', 'delete', name]);
    }
  }

  async #batch(commands: string[], namespace = this.exchange): Promise<void> {
    await run('ip', ['-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }
}

/**
 * Takes the next free machine number of a lab, safely beside other processes that do the same.
 * @param directory where the numbers that are taken are kept
 */
export async function takeNumber(directory: string): Promise<number> {
  await mkdir(directory, { recursive: true });
  for (let number: number = addresses.firstHost; number < 255; number++) {
    const taken = await mkdir(join(directory, String(number))).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : Promise.reject(error)),
    );
    if (taken) return number;
  }
  throw new Error('The lab has no free address left.');
}
