import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  cgroupDoors,
  cgroupHierarchies,
  createCgroup,
  killCgroup,
  limitProcessor,
  removeCgroup,
  throughDoors,
} from './cgroups.ts';
import { run, waitUntil } from './command.ts';
import { type Entrance, Executor } from './executor.ts';
import { addresses, ipv4, ipv6, type Network } from './network.ts';
import { projectRoot } from './product.ts';
import { type Impairment, impair, repair } from './wan.ts';

/** What a machine is made of. Kept in its directory, so that any process can take it up. */
export interface MachineSpec {
  name: string;
  /** Its place in the lab's networks: 11 is 10.88.0.11 and fd88::11. */
  number: number;
  /** The root file system that it starts from; it is never written to. */
  tree: string;
  /** Has it no IPv4 at all? */
  isIpv6Only?: boolean | undefined;
  /** What it sees of the machine that the lab runs on, read-only: from where to where. */
  binds: Record<string, string>;
  memoryBytes?: number | undefined;
  /** The size of the disk that holds all that the machine writes; what is free outside when absent. */
  diskBytes?: number | undefined;
}

/** Where the checkout lies here, and where machines that bind it see it. */
export const checkout = { here: projectRoot, onMachines: '/opt/matrix-deploy-src' };

const initScript = fileURLToPath(new URL('machine-init.sh', import.meta.url));

// $1 is where to say what went wrong, $2 the network namespace, $3 the init script. Then come the doors of the machine's cgroups,
// twice: a cgroup namespace has its root where the process is that makes it, and that is not where processes may stay.
const bootScript = `
  exec 2>>"$1"; namespace=$2 init=$3; shift 3
  ${throughDoors}
  exec unshare --cgroup sh -c '${throughDoors}; exec "$@"' boot "$@" \\
    nsenter --net="$namespace" unshare --mount --uts --ipc --pid --fork --kill-child sh "$init"`;

/** A computer of the lab: an address, a file tree, processes, limits, and a power switch. */
export class Machine<Spec extends MachineSpec = MachineSpec> extends Executor {
  readonly spec: Spec;
  readonly directory: string;
  protected readonly network: Network;

  /** @param directory the machine's own, under that of the lab */
  constructor(network: Network, directory: string, spec: Spec) {
    super();
    this.network = network;
    this.directory = directory;
    this.spec = spec;
  }

  get name(): string {
    return this.spec.name;
  }

  get address(): string {
    return ipv4(this.spec.number);
  }

  get address6(): string {
    return ipv6(this.spec.number);
  }

  /** Makes the machine's directory, network namespace and disk; it does not run yet. */
  async create(): Promise<void> {
    await mkdir(join(this.directory, 'root'), { recursive: true });
    await mkdir(join(this.directory, 'disk'));
    await writeFile(join(this.directory, 'machine.json'), JSON.stringify(this.spec, null, 2));
    if (this.spec.diskBytes !== undefined) {
      await run('truncate', ['--size', String(this.spec.diskBytes), this.#disk]);
      await run('mkfs.ext4', ['-q', '-m', '0', this.#disk]);
    }
    await this.network.connect(this.name, this.spec.number, { isIpv6Only: this.spec.isIpv6Only });
  }

  /** Switches the machine on. Resolves when it is up. */
  async boot(): Promise<void> {
    await createCgroup(this.#cgroup, this.spec.memoryBytes);
    const doors = [
      ...(await cgroupDoors(this.#cgroup, 'top')),
      '--',
      ...(await cgroupDoors(this.#cgroup)),
      '--',
    ];
    const namespace = `/run/netns/${this.network.namespace(this.name)}`;
    const log = join(this.directory, 'init.log');
    const init = spawn('sh', ['-c', bootScript, 'boot', log, namespace, initScript, ...doors], {
      env: await this.#initEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    init.unref();
    const [pid] = await Promise.race([
      once(createInterface(init.stdout), 'line'),
      once(init, 'exit').then(() => []),
    ]);
    init.stdout.destroy();
    if (pid === undefined) {
      throw new Error(`${this.name} did not boot: ${await readFile(log, 'utf8')}`);
    }
    await writeFile(this.#pidFile, pid);
  }

  /** The process ID, seen from outside, of the machine's PID 1; undefined while the power is off. */
  async pid(): Promise<number | undefined> {
    const pid = await readFile(this.#pidFile, 'utf8').catch(() => undefined);
    return pid !== undefined && existsSync(`/proc/${pid}`) ? Number(pid) : undefined;
  }

  /** Pulls the plug: every process of the machine is gone at once. What they had given to the kernel to write is not lost. */
  async powerOff(): Promise<void> {
    await rm(this.#pidFile, { force: true });
    await killCgroup(this.#cgroup);
    if (this.spec.diskBytes === undefined) return;
    // The disk goes with the last mount, a little after the last process; it must not be mounted twice.
    const isFree = async (): Promise<boolean> => (await run('losetup', ['--associated', this.#disk])) === '';
    await waitUntil(`the release of the disk of ${this.name}`, isFree);
  }

  /** Switches the machine off permanently and removes every trace of it. */
  async remove(): Promise<void> {
    await removeCgroup(this.#cgroup);
    await this.network.disconnect(this.name);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Pulls the network cable. */
  cut(): Promise<void> {
    return this.network.cut(this.name);
  }

  /**
   * Gives the machine a slow processor, or one of its usual speed again.
   * @param cores such as 0.12
   */
  slowDown(cores?: number): Promise<void> {
    return limitProcessor(this.#cgroup, cores);
  }

  /** Makes the line to the machine long or lossy. */
  impair(impairment: Impairment): Promise<void> {
    return impair(this.network, this.name, impairment);
  }

  /** Makes the connection whole again, whatever was wrong with it. */
  async restore(): Promise<void> {
    await repair(this.network, this.name);
    await this.network.restore(this.name);
  }

  protected async entrance(): Promise<Entrance> {
    const pid = await this.pid();
    if (pid === undefined) throw new Error(`${this.name} is switched off.`);
    return { pid, doors: await cgroupDoors(this.#cgroup) };
  }

  get #cgroup(): string {
    return `${this.network.prefix}/${this.name}`;
  }

  /** The file that is the disk of a machine with a disk of its own. */
  get #disk(): string {
    return join(this.directory, 'disk.img');
  }

  get #pidFile(): string {
    return join(this.directory, 'init.pid');
  }

  async #initEnvironment(): Promise<NodeJS.ProcessEnv> {
    const cgroups = (await cgroupHierarchies()).map(
      ({ directory, type, mountOptions }) => `${basename(directory)}=${type}=${mountOptions}`,
    );
    return {
      PATH: process.env.PATH ?? '',
      DIRECTORY: this.directory,
      TREE: this.spec.tree,
      NAME: this.name,
      NAMESERVER: (this.spec.isIpv6Only ? ipv6 : ipv4)(addresses.dns),
      TRUST: join(this.directory, '../../trust.pem'),
      MEMORY: String(this.spec.memoryBytes ?? ''),
      CGROUPS: cgroups.join(' '),
      BINDS: Object.entries(this.spec.binds)
        .map((bind) => bind.join('|'))
        .join('\n'),
    };
  }
}
