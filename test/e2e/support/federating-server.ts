import { parse } from 'yaml';
import type { DelegationKind } from '../../../src/components/delegation.ts';
import { waitUntil } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { ranges } from '../../lab/network.ts';
import { Client } from './client.ts';
import { Deployment } from './deployment.ts';
import { trusted } from './public-server.ts';
import { stackImages } from './stack-images.ts';
import { often, unlimited } from './unlimited.ts';

/** What a homeserver of a lab needs, wherever it comes from, to talk to its like. */
export const labOverrides = {
  ip_range_whitelist: ranges,
  // It asks matrix.org about the keys of every server that it meets, which takes seconds where there is none.
  trusted_key_servers: [],
  // It waits a minute for an answer, and asks again after ten at the earliest: no test has the time.
  federation: {
    client_timeout: '10s',
    destination_min_retry_interval: '1s',
    destination_max_retry_interval: '2s',
  },
  // Ten messages, ten rooms or five invitations of one user are taken at once, and then one more in seconds or minutes.
  ...unlimited,
  rc_room_creation: often,
  rc_invites: { per_room: often, per_user: often, per_issuer: often },
};

interface Federating {
  /** Options of Synapse over those of the lab. */
  overrides?: object;
  /** Other settings of the section synapse. */
  synapse?: object;
  /** PEM of a CA certificate that it trusts beside those of the lab. */
  trust?: string;
  /** What its host has from the start; those of the stack when absent. */
  images?: string[];
  /** What is done between the first matrix.yaml and the start. */
  prepare?: (deployment: Deployment) => Promise<void>;
  /** What `init` ends with; when absent with 8 where a site elsewhere has nothing to serve yet, else with 0. */
  ends?: number;
  /** How others find it. With a site elsewhere on its server name, `init` finds no documents there yet. */
  delegation?: DelegationKind;
  /** A host of this name that is rented already, with the names of the server. */
  on?: Host;
  /** Further flags of the `init` that writes matrix.yaml. */
  flags?: readonly string[];
}

/** Rents a host and sets up a homeserver on it that is in the lab's internet what a public one is in ours. */
export async function deployFederating(
  lab: Lab,
  name: string,
  {
    overrides,
    synapse,
    trust,
    prepare,
    ends,
    images = stackImages,
    delegation = 'well-known',
    on,
    flags = [],
  }: Federating = {},
): Promise<Deployment> {
  const serverName = `${name}.test`;
  const isElsewhere = delegation === 'elsewhere';
  const names = [`matrix.${serverName}`, ...(isElsewhere ? [] : [serverName])];
  const host = on ?? (await lab.host(name, { images, names }));
  if (trust !== undefined) {
    await host.run(['sh', '-c', `cat >>${trusted}`], { input: `\n${trust}\n` });
  }
  const deployment = new Deployment(host, { serverName });
  const init = [
    'init',
    '--yes',
    '--server-name',
    serverName,
    '--acme-roots',
    trusted,
    '--delegation',
    delegation,
  ];
  await deployment.exits(0, ...init, ...flags, '--no-start');
  await deployment.edit({ synapse: { overrides: { ...labOverrides, ...overrides }, ...synapse } });
  await prepare?.(deployment);
  await deployment.exits(ends ?? (isElsewhere ? 8 : 0), ...init);
  return deployment;
}

/** Every user's password: the lab has nobody to keep it from. */
export const password = 'correct horse battery staple';

/**
 * Makes an ordinary user.
 * @returns the user ID
 */
export async function addUser(deployment: Deployment, localpart: string): Promise<string> {
  const register = ['docker', 'compose', 'exec', '-T', 'synapse', 'register_new_matrix_user'];
  await deployment.run([...register, ...ordinaryUser('/conf/homeserver.yaml', localpart)]);
  return `@${localpart}:${deployment.serverName}`;
}

/** Makes a user on each of two servers, and sees each read what the other says in a room of the first. */
export async function talkBothWays(
  one: Deployment,
  other: Deployment,
  [host, guest]: readonly [string, string] = ['alice', 'bob'],
): Promise<void> {
  const [alice, bob] = await Promise.all([newClient(one, host), newClient(other, guest)]);
  const room = await alice.createRoom({ invite: [`@${guest}:${other.serverName}`] });
  await waitUntil('the invitation', async () => {
    const { status } = await bob.call('POST', `/_matrix/client/v3/join/${room}?via=${one.serverName}`);
    return status === 200;
  });
  await bob.say(room, 'are you there?');
  await waitUntil('the message', async () => (await alice.read(room)).includes('are you there?'));
  await alice.say(room, 'I am');
  await waitUntil('the answer', async () => (await bob.read(room)).includes('I am'));
}

async function newClient(server: Deployment, localpart: string): Promise<Client> {
  await addUser(server, localpart);
  const { host } = parse(await server.readFile('matrix.yaml'));
  const client = new Client({ from: server.host, url: `https://${host}` });
  return client.logIn(localpart, password);
}

/** What Synapse's own program is told that makes users. */
export function ordinaryUser(configuration: string, localpart: string): string[] {
  const user = ['--user', localpart, '--password', password, '--no-admin'];
  return [...user, '--config', configuration, 'http://127.0.0.1:8008'];
}
