import { generateKeyPairSync, sign } from 'node:crypto';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '../../../src/federation/server-keys.ts';
import type { Authority, CertificateFiles } from '../../lab/certificates.ts';
import type { RecordType } from '../../lab/dns.ts';
import type { Lab } from '../../lab/lab.ts';
import { checkout, type Machine } from '../../lab/machine.ts';
import { serviceTree } from '../../lab/service-tree.ts';

/** What is answered at a path. */
interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** How it is not answered, or not whole. */
  way?: 'upgrade' | 'cut' | 'endless' | 'stall';
}

/** A server of the lab, right but for what is given. */
export interface WrongServer {
  /** By path; one without is as it should be. `undefined` for 404. */
  answers?: Record<string, Answer | undefined>;
  certificate?: CertificateFiles;
  /** Another homeserver, which is asked in place of this one for what homeservers ask, with the path decoded. */
  decodeFor?: string;
  /** Beside its A record, which leads to the machine; or in its place. */
  records?: (machine: Machine) => [name: string, type: RecordType, ...values: string[]][];
  /** Under other names: right ones, to be delegated to. */
  hosts?: string[];
}

/** Ports that are wrong by themselves. */
export const ports = { plain: 9001, silent: 9002, closing: 9003, old: 9004, closed: 9005 } as const;

const program = join(
  checkout.onMachines,
  relative(checkout.here, fileURLToPath(new URL('wrong-server.mjs', import.meta.url))),
);

/** A document of this server's keys, signed as it should be but for what is given. */
export function keyDocument(
  serverName: string,
  different: object = {},
  { signer = serverName, keyId = 'ed25519:lab' } = {},
): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('base64');
  const document = {
    server_name: serverName,
    valid_until_ts: Date.now() + 24 * 3600 * 1000,
    verify_keys: { 'ed25519:lab': { key: key.replace(/=+$/, '') } },
    ...different,
  };
  const signature = sign(null, Buffer.from(canonicalJson(document)), privateKey).toString('base64');
  return JSON.stringify({ ...document, signatures: { [signer]: { [keyId]: signature.replace(/=+$/, '') } } });
}

export const open = { 'access-control-allow-origin': '*' };
export const versionsPath = '/_matrix/client/versions';
export const eventPath = '/_matrix/federation/v1/event/%24matrix-deploy%2Fcheck';
export const aliasPath = (serverName: string) =>
  `/_matrix/client/v3/directory/room/${encodeURIComponent(`#matrix-deploy/check:${serverName}`)}`;

/** What a server answers that is right, by path. */
function rightAnswers(serverName: string): Record<string, Answer> {
  const json = (value: object, status = 200): Answer => ({
    status,
    headers: open,
    body: JSON.stringify(value),
  });
  return {
    '/.well-known/matrix/client': json({ 'm.homeserver': { base_url: `https://${serverName}` } }),
    [versionsPath]: json({ versions: ['v1.11'], unstable_features: { 'org.matrix.msc4140': true } }),
    '/_matrix/key/v2/server': { body: keyDocument(serverName) },
    '/_matrix/federation/v1/version': json({ server: { name: 'Right', version: '1' } }),
    [eventPath]: json({ errcode: 'M_UNAUTHORIZED', error: 'Missing Authorization header' }, 401),
    [aliasPath(serverName)]: json({ errcode: 'M_NOT_FOUND', error: 'Room alias not found' }, 404),
    // What testmatrix asks for beside that.
    '/_matrix/client/v3/register': json({ errcode: 'M_FORBIDDEN', error: 'Registration is disabled' }, 403),
    '/_matrix/client/unstable/org.matrix.msc4108/rendezvous': json({ errcode: 'M_UNRECOGNIZED' }, 404),
  };
}

const forwarded = ['/_matrix/key/v2/server', '/_matrix/federation/v1/version', eventPath];

/** Makes one machine be all of these servers, by name, and gives them their records. */
export async function openWrongServers(
  lab: Lab,
  authority: Authority,
  servers: Readonly<Record<string, WrongServer>>,
): Promise<Machine> {
  const machine = await lab.machine('wrong', { tree: await serviceTree() });
  const names: Record<string, object> = {};
  for (const [name, { answers = {}, certificate, decodeFor, records, hosts = [] }] of Object.entries(
    servers,
  )) {
    const right = rightAnswers(name);
    if (decodeFor !== undefined) forwarded.forEach((path) => void delete right[path]);
    for (const host of [name, ...hosts]) {
      const own = host === name && certificate !== undefined ? certificate : await authority.issue([host]);
      names[host] = { ...own, answers: { ...right, ...answers }, decodeFor };
      await lab.dns.set(host, 'A', machine.address);
    }
    for (const record of records?.(machine) ?? []) await lab.dns.set(...record);
  }
  await machine.writeFile('/run/wrong.json', JSON.stringify({ names, ports }));
  await machine.start(['node', program, '/run/wrong.json']);
  const listening = `until ss --listening --tcp --numeric | grep --quiet ':${ports.old} '; do sleep 0.02; done`;
  await machine.run(['sh', '-c', listening], { timeoutSeconds: 30 });
  return machine;
}
