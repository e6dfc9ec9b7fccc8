import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CertificateFiles } from './certificates.ts';
import { checkout, type Machine } from './machine.ts';

/** What happens to requests of a kind instead of what should. */
export interface Fault {
  /** A regular expression on the path and query. */
  path: string;
  /** What is answered, without asking the service. */
  answer?: { status: number; headers: Record<string, string>; body: string };
  /** Whether the service's answer gets a line too many. */
  corrupt?: boolean;
}

export interface FrontConfiguration extends CertificateFiles {
  /** The service behind: scheme, address and port. */
  upstream: string;
  /** Paths that are asked for by another name behind. */
  rewrite: Record<string, string>;
  /** Where the faults in force are, as JSON. */
  faultsFile: string;
}

const here = fileURLToPath(new URL('front.ts', import.meta.url));
const program = join(checkout.onMachines, relative(checkout.here, here));
const directory = '/run/front';
const faultsFile = `${directory}/faults.json`;

/** The public side, on port 443, of a service that a test can make fail in ways that the service itself knows no switch for. */
export class FrontDoor {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async open(configuration: Omit<FrontConfiguration, 'faultsFile'>): Promise<void> {
    const file = `${directory}/configuration.json`;
    await this.setFaults([]);
    await this.#machine.writeFile(file, JSON.stringify({ ...configuration, faultsFile }), '0600');
    await this.#machine.start(['node', '--import', 'tsx', program, file], { cwd: checkout.onMachines });
    const listening =
      'until curl --silent --insecure --output /dev/null https://127.0.0.1/; do sleep 0.05; done';
    await this.#machine.run(['sh', '-c', listening], { timeoutSeconds: 30 });
  }

  /** Puts these faults in force, from the next request on, in place of those that were. */
  async setFaults(faults: Fault[]): Promise<void> {
    await this.#machine.writeFile(faultsFile, JSON.stringify(faults));
  }
}
