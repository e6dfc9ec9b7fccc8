import { stringify } from 'yaml';
import { waitUntil } from '../../lab/command.ts';
import { foreignTree } from '../../lab/foreign-tree.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Machine } from '../../lab/machine.ts';
import { labOverrides, ordinaryUser } from './federating-server.ts';

/** Where the package keeps what its operator writes; a file there goes over what the package has set. */
const configuration = '/etc/matrix-synapse/conf.d';

/** What the operator sets: to listen for the world with TLS, as the package does for its own machine only. */
const settings = {
  listeners: [
    {
      port: 8448,
      bind_addresses: ['0.0.0.0'],
      type: 'http',
      tls: true,
      resources: [{ names: ['client', 'federation'] }],
    },
    {
      port: 8008,
      bind_addresses: ['127.0.0.1'],
      type: 'http',
      tls: false,
      resources: [{ names: ['client'] }],
    },
  ],
  registration_shared_secret: 'of a server that is not ours',
  ...labOverrides,
};

const certificate = '/etc/matrix-synapse/homeserver.tls.crt';
const privateKey = '/etc/matrix-synapse/homeserver.tls.key';

/** What certbot runs when it has a certificate. */
const installCertificate = `
  install -o matrix-synapse -m 600 "$RENEWED_LINEAGE/fullchain.pem" ${certificate}
  install -o matrix-synapse -m 600 "$RENEWED_LINEAGE/privkey.pem" ${privateKey}`;

/** A homeserver that this project has not set up: a Debian administrator has. */
export interface ForeignHomeserver {
  readonly machine: Machine;
  /** Where its clients connect to. */
  readonly url: string;
}

/**
 * Sets a homeserver up the way of Debian: by the package's question, its files in conf.d, a certificate that certbot gets, and
 * the init script. It keeps its data in SQLite and has no delegation: others find it on port 8448 of its name.
 */
export async function setUpForeign(lab: Lab, name: string): Promise<ForeignHomeserver> {
  const serverName = `${name}.test`;
  const machine = await lab.machine(name, { tree: await foreignTree(), names: [serverName] });
  await answerPackage(machine, serverName);
  await machine.writeFile(`${configuration}/operator.yaml`, stringify(settings));
  await getCertificate(machine, serverName);
  await machine.run(['/etc/init.d/matrix-synapse', 'start']);
  const url = `https://${serverName}:8448`;
  const answers = async () => (await machine.exec(['curl', '-fs', `${url}/health`])).exitCode === 0;
  await waitUntil(`an answer of ${serverName}`, answers, { seconds: 60, everyMilliseconds: 100 });
  return { machine, url };
}

const siteProgram = `
  const [cert, key] = ['${certificate}', '${privateKey}'].map((file) => require('fs').readFileSync(file));
  require('https').createServer({ cert, key }, (_, answer) => answer.writeHead(404).end()).listen(443);`;

/** Serves a site on port 443 of the server name, which has none of Matrix's documents. */
export async function serveSite({ machine, url }: ForeignHomeserver): Promise<void> {
  await machine.start(['node', '-e', siteProgram]);
  const { hostname } = new URL(url);
  const answers = async () => (await machine.exec(['curl', '-s', `https://${hostname}`])).exitCode === 0;
  await waitUntil(`the site of ${hostname}`, answers, { everyMilliseconds: 100 });
}

/** Makes an ordinary user. */
export async function addForeignUser({ machine }: ForeignHomeserver, localpart: string): Promise<void> {
  const user = ordinaryUser(`${configuration}/operator.yaml`, localpart);
  await machine.run(['synapse_register_new_matrix_user', ...user]);
}

async function answerPackage(machine: Machine, serverName: string): Promise<void> {
  const answer = `matrix-synapse matrix-synapse/server-name string ${serverName}\n`;
  await machine.run(['debconf-set-selections'], { input: answer });
  await machine.run(['dpkg-reconfigure', '--frontend=noninteractive', 'matrix-synapse']);
}

async function getCertificate(machine: Machine, serverName: string): Promise<void> {
  const consent = ['--non-interactive', '--agree-tos', '--register-unsafely-without-email'];
  const order = ['--domain', serverName, '--deploy-hook', installCertificate];
  await machine.run(['certbot', 'certonly', '--standalone', ...consent, ...order]);
}
