import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Acme, acmeNames } from './acme.ts';
import { cacheDir } from './cache.ts';
import { Authority } from './certificates.ts';
import { Dns } from './dns.ts';
import { rootFileSystem } from './engine/root-file-system.ts';
import { type EngineVersion, Host } from './host.ts';
import { imageStore, type StoreKind, storesOnHost } from './image-store.ts';
import { checkout, Machine, type MachineSpec } from './machine.ts';
import { addresses, Network, takeNumber } from './network.ts';
import { own, removeOrphans } from './ownership.ts';
import { installPrerequisites } from './prerequisites.ts';
import { cacheOnRegistry, Registry, registryNames } from './registry.ts';
import { labsDirectory, removeLab } from './removal.ts';
import { serviceTree } from './service-tree.ts';

interface MachineOptions {
  /** The root file system that it starts from. */
  tree: string;
  /** DNS names that lead to it, beside `<name>.lab`. */
  names?: string[];
}

export interface HostOptions {
  /** 26.1, Debian 13's, when absent. */
  engine?: EngineVersion;
  memoryBytes?: number;
  diskBytes?: number;
  /** Images that the engine has from the start, such as `postgres:17`. */
  images?: string[];
  /** Whether these are exactly what is published: Synapse without byte code. */
  asPublished?: boolean;
  /** DNS names that lead to the host, beside `<name>.lab`. */
  names?: string[];
  /** Whether it has no address of IPv4: its names then lead to it by IPv6. */
  isIpv6Only?: boolean;
  /** What it sees, read-only, of the machine that the lab runs on, beside the checkout: from where to where. */
  binds?: Record<string, string>;
}

const trees = { '20.10': 'bookworm-20', '26.1': 'trixie-26', '28.5': 'trixie-28' } as const;

/** What every machine of a lab sees of the one that the lab runs on: the checkout, and the Node that runs it. */
const binds = { [checkout.here]: checkout.onMachines, [process.execPath]: '/usr/local/bin/node' };

/** A private internet: hosts, the names by which they reach each other, and no way out. */
export class Lab {
  readonly directory: string;
  readonly network: Network;
  readonly dns: Dns;
  readonly acme: Acme;
  /** The staging CA: nobody trusts its certificates. */
  readonly staging: Acme;
  readonly registry: Registry;
  readonly #asPublished: boolean;
  readonly #made: { machine: Machine; names: string[] }[] = [];
  #disown: (() => Promise<void>) | undefined;

  private constructor(directory: string, serviceTree: string, asPublished: boolean) {
    const service = (
      name: 'dns' | 'acme' | 'registry' | 'staging',
      more = {},
    ): [Network, string, MachineSpec] => [
      this.network,
      this.#machineDirectory(name),
      { name, number: addresses[name], tree: serviceTree, binds: { ...binds, ...more } },
    ];
    this.directory = directory;
    this.#asPublished = asPublished;
    this.network = new Network(basename(directory));
    this.dns = new Dns(...service('dns'));
    this.acme = new Acme(...service('acme'));
    this.staging = new Acme(...service('staging'));
    this.registry = new Registry(...service('registry', { [cacheDir()]: cacheOnRegistry }));
  }

  /**
   * Brings a lab up.
   * @param options.stay whether it outlives this process; else it ends with it, however this process ends
   */
  static async open({ stay = false } = {}): Promise<Lab> {
    await installPrerequisites();
    await removeOrphans();
    const directory = join(labsDirectory(), `lab${randomBytes(2).toString('hex')}`);
    await mkdir(labsDirectory(), { recursive: true });
    await mkdir(directory);
    const disown = stay ? undefined : await own(directory);
    try {
      const lab = await Lab.attach(directory);
      lab.#disown = disown;
      await lab.#bringUp();
      return lab;
    } catch (error) {
      await removeLab(directory);
      await disown?.();
      throw error;
    }
  }

  /**
   * Takes up a lab that another process brought up.
   * @param options.asPublished what its hosts are rented with, where nothing else is said
   */
  static async attach(directory: string, { asPublished = true } = {}): Promise<Lab> {
    return new Lab(directory, await serviceTree(), asPublished);
  }

  async #bringUp(): Promise<void> {
    const authority = await Authority.create('Lab Root');
    await this.#trust(`${authority.certificate.toString('pem')}\n`);
    await this.network.create();
    const services = [this.dns, this.acme, this.staging, this.registry];
    await Promise.all(services.map((machine) => machine.create()));
    await Promise.all(services.map((machine) => machine.boot()));
    const [root] = await Promise.all([
      this.acme.open(acmeNames.acme, authority),
      this.staging.open(acmeNames.staging, authority),
      this.registry.open(authority),
    ]);
    await this.#trust(root);
    await this.dns.set(acmeNames.acme, 'A', this.acme.address);
    await this.dns.set(acmeNames.staging, 'A', this.staging.address);
    for (const name of registryNames) await this.dns.set(name, 'A', this.registry.address);
  }

  /** The certificates, in PEM, that every host trusts: of the lab's own CA, and of the public one that it plays. */
  get trustFile(): string {
    return join(this.directory, 'trust.pem');
  }

  async #trust(certificate: string): Promise<void> {
    await appendFile(this.trustFile, certificate);
  }

  /** Rents a server: makes a host, gives it its names, and switches it on. */
  async host(name: string, options: HostOptions = {}): Promise<Host> {
    const { engine = '26.1', images = [], names = [], memoryBytes, diskBytes } = options;
    const { asPublished = this.#asPublished } = options;
    this.#checkName(name);
    const tree = await rootFileSystem(trees[engine]);
    const stores: string[] = [];
    for (const image of images) stores.push(await this.#imageStore({ image, engine, tree, asPublished }));
    const plugs = Object.fromEntries(stores.map((store, index) => [store, `${storesOnHost}/${index}`]));
    const host = new Host(this.network, this.#machineDirectory(name), {
      name,
      number: await this.#takeNumber(),
      tree,
      binds: { ...binds, ...plugs, ...options.binds },
      engine,
      stores,
      memoryBytes,
      diskBytes,
      isIpv6Only: options.isIpv6Only,
    });
    await this.#switchOn(host, names);
    return host;
  }

  /** Rents a machine without an engine, that is made of what the caller likes. */
  async machine(name: string, { tree, names = [] }: MachineOptions): Promise<Machine> {
    this.#checkName(name);
    const spec = { name, number: await this.#takeNumber(), tree, binds };
    const machine = new Machine(this.network, this.#machineDirectory(name), spec);
    await this.#switchOn(machine, names);
    return machine;
  }

  #takeNumber(): Promise<number> {
    return takeNumber(join(this.directory, 'numbers'));
  }

  async #switchOn(machine: Machine, more: string[]): Promise<void> {
    const names = [`${machine.name}.lab`, ...more];
    this.#made.push({ machine, names });
    await machine.create();
    const [type, address] = machine.spec.isIpv6Only
      ? (['AAAA', machine.address6] as const)
      : (['A', machine.address] as const);
    for (const name of names) await this.dns.set(name, type, address);
    await machine.boot();
  }

  #checkName(name: string): void {
    // Network interfaces are called by it, with an ending, in 15 characters.
    if (!/^[a-z][a-z0-9-]{0,10}$/.test(name))
      throw new Error(`Not a name for a host, at most 11 of a-z, 0-9 and -: ${name}`);
    if (existsSync(this.#machineDirectory(name)))
      throw new Error(`The lab has a machine called ${name} already.`);
  }

  async #imageStore({
    engine,
    ...kind
  }: Omit<StoreKind, 'stored'> & { engine: EngineVersion }): Promise<string> {
    const stored = await this.registry.serve(kind.image);
    const name = `store-${randomBytes(2).toString('hex')}`;
    return imageStore({ ...kind, stored }, () => this.host(name, { engine }));
  }

  /** Every machine that is there, the lab's own included; not one that is being created or removed. */
  async machines(): Promise<Machine[]> {
    const names = await readdir(join(this.directory, 'machines'));
    const found = await Promise.allSettled(names.map((name) => this.findMachine(name)));
    return found.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
  }

  /** Takes up a machine that is there already. */
  async findMachine(name: string): Promise<Machine> {
    const directory = this.#machineDirectory(name);
    const spec: MachineSpec = JSON.parse(await readFile(join(directory, 'machine.json'), 'utf8'));
    return new Machine(this.network, directory, spec);
  }

  /** Removes the machines that were rented through this object, and their names. */
  async removeHosts(): Promise<void> {
    for (const { machine, names } of this.#made.splice(0)) {
      await machine.remove();
      for (const name of names) await this.dns.forget(name);
    }
  }

  /** Removes what somebody else made and left, who failed before the end. */
  async removeLeftHosts(): Promise<void> {
    const own = [this.dns, this.acme, this.staging, this.registry].map(({ name }) => name);
    const left = (await this.machines()).filter(({ name }) => !own.includes(name));
    await Promise.all(left.map((machine) => machine.remove()));
  }

  /** Takes the lab down and removes every trace of it. */
  async close(): Promise<void> {
    await removeLab(this.directory);
    await this.#disown?.();
  }

  #machineDirectory(name: string): string {
    return join(this.directory, 'machines', name);
  }
}
