import { Machine } from './machine.ts';

export type RecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'SRV' | 'TXT';

const configuration = (address: string, address6: string) => `
server:
  rundir: /run/knot
  listen: [${address}@53, ${address6}@53]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
- target: stdout
  any: info
database:
  storage: /var/lib/knot
zone:
- domain: .
  file: /etc/knot/root.zone
  # Changes are made through the control socket and live as long as the lab.
  zonefile-sync: -1
  journal-content: none
`;

// Being the root zone, it answers NXDOMAIN for every name that it does not hold. Nobody may remember an answer: a test changes it.
const rootZone = (address: string) => `
$ORIGIN .
$TTL 0
@ SOA ns.lab. root.lab. 1 3600 600 86400 0
@ NS ns.lab.
ns.lab. A ${address}
`;

/** The lab's name server (Knot): the whole name space of its internet, with the records that a test wants there. */
export class Dns extends Machine {
  /** Switches it on, with no name but its own. */
  override async boot(): Promise<void> {
    await super.boot();
    await this.writeFile('/etc/knot/knot.conf', configuration(this.address, this.address6));
    await this.writeFile('/etc/knot/root.zone', rootZone(this.address));
    await this.run(['mkdir', '-p', '/run/knot']);
    await this.start(['knotd']);
    // Its control socket is there once its ports are bound, and the command ends once the zone is loaded.
    const loaded = 'until knotc --blocking zone-reload . 2>/dev/null; do sleep 0.02; done';
    await this.run(['sh', '-c', loaded], { timeoutSeconds: 20 });
  }

  /**
   * Gives a name these records of one type in place of those that it had. When it resolves, the next query sees them.
   * @param values in the notation of zone files: `10.88.0.11`, `10 5 8448 matrix.example.org.`, `0 issue "ca.example"`
   */
  async set(name: string, type: RecordType, ...values: string[]): Promise<void> {
    await this.setFor(0, name, type, ...values);
  }

  /** The same with records that resolvers may keep for so many seconds. */
  async setFor(seconds: number, name: string, type: RecordType, ...values: string[]): Promise<void> {
    await this.#change(
      `zone-unset . ${name}. ${type}`,
      values.map((value) => `zone-set . ${name}. ${seconds} ${type} ${quote(value)}`),
    );
  }

  /** Takes away a name's records of one type, or all of them: then the name does not exist. */
  async forget(name: string, type: RecordType | '' = ''): Promise<void> {
    await this.#change(`zone-unset . ${name}. ${type}`);
  }

  async #change(removal: string, additions: string[] = []): Promise<void> {
    const changes = [...additions, '--blocking zone-commit .'].map((command) => `knotc ${command}`);
    const script = `
      until knotc zone-begin .; do sleep 0.01; done   # another process may be making a change
      knotc ${removal} || true                        # what is to be taken away need not be there
      ${changes.join(' && ')} || { knotc zone-abort .; exit 1; }`;
    await this.run(['sh', '-c', script], { timeoutSeconds: 20 });
  }
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
