import { Machine } from './machine.ts';

export type RecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'SRV' | 'TXT';

/** A key by which the lab's name server takes updates (TSIG). */
export const updateKey = {
  name: 'updates.lab',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('a key that anybody may know here').toString('base64'),
} as const;

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
key:
- id: ${updateKey.name}
  algorithm: ${updateKey.algorithm}
  secret: ${updateKey.secret}
acl:
- id: updates
  key: ${updateKey.name}
  action: update
zone:
- domain: .
  file: /etc/knot/root.zone
  # Changes are made through the control socket and live as long as the lab.
  zonefile-sync: -1
  journal-content: none
`;

// Being the root zone, it answers NXDOMAIN for every name that it does not hold. Nobody may remember an answer: a test changes it.
const rootZone = (address: string, address6: string) => `
$ORIGIN .
$TTL 0
@ SOA ns.lab. root.lab. 1 3600 600 86400 0
@ NS ns.lab.
ns.lab. A ${address}
ns.lab. AAAA ${address6}
`;

const updatableZone = (name: string) => `
zone:
- domain: ${name}
  file: /etc/knot/${name}.zone
  zonefile-sync: -1
  journal-content: none
  acl: updates
`;

/** The lab's name server (Knot): the whole name space of its internet, with the records that a test wants there. */
export class Dns extends Machine {
  readonly #zones: string[] = [];

  /** Switches it on, with no name but its own. */
  override async boot(): Promise<void> {
    await super.boot();
    await this.writeFile('/etc/knot/knot.conf', configuration(this.address, this.address6));
    await this.writeFile('/etc/knot/root.zone', rootZone(this.address, this.address6));
    await this.run(['mkdir', '-p', '/run/knot']);
    await this.start(['knotd']);
    // Its control socket is there once its ports are bound, and the command ends once the zone is loaded.
    const loaded = 'until knotc --blocking zone-reload . 2>/dev/null; do sleep 0.02; done';
    await this.run(['sh', '-c', loaded], { timeoutSeconds: 20 });
  }

  /**
   * Makes a zone of its own that takes updates with `updateKey`, in which later changes of its names are made.
   * @param name no other test has names in it: the zone stays when the test has ended
   */
  async openZone(name: string): Promise<void> {
    this.#zones.push(name);
    const records = `$ORIGIN ${name}.\n$TTL 0\n@ SOA ns.lab. root.lab. 1 3600 600 86400 0\n@ NS ns.lab.\n`;
    await this.writeFile(`/etc/knot/${name}.zone`, records);
    const script = `
      grep -q 'domain: ${name}$' /etc/knot/knot.conf || cat >>/etc/knot/knot.conf
      knotc reload
      knotc --blocking zone-reload ${name}`;
    await this.run(['sh', '-c', script], { input: updatableZone(name), timeoutSeconds: 20 });
  }

  #zoneOf(name: string): string {
    return this.#zones.find((zone) => name === zone || name.endsWith(`.${zone}`)) ?? '.';
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
    const zone = this.#zoneOf(name);
    await this.#change(
      zone,
      `zone-unset ${zone} ${name}. ${type}`,
      values.map((value) => `zone-set ${zone} ${name}. ${seconds} ${type} ${quote(value)}`),
    );
  }

  /** Takes away a name's records of one type, or all of them: then the name does not exist. */
  async forget(name: string, type: RecordType | '' = ''): Promise<void> {
    const zone = this.#zoneOf(name);
    await this.#change(zone, `zone-unset ${zone} ${name}. ${type}`);
  }

  async #change(zone: string, removal: string, additions: string[] = []): Promise<void> {
    const changes = [...additions, `--blocking zone-commit ${zone}`].map((command) => `knotc ${command}`);
    const script = `
      until knotc zone-begin ${zone}; do sleep 0.01; done   # another process may be making a change
      knotc ${removal} || true                        # what is to be taken away need not be there
      ${changes.join(' && ')} || { knotc zone-abort ${zone}; exit 1; }`;
    await this.run(['sh', '-c', script], { timeoutSeconds: 20 });
  }
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
