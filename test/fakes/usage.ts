import { generateKeyPairSync, sign } from 'node:crypto';
import { canonicalJson } from '../../src/federation/server-keys.ts';
import { type Handlers, ok, type Reply, type Request, refuse } from './homeserver-api.ts';

/** What people use a homeserver for, as far as one that was upgraded is tried: messages, files, and its keys. */
export function fakeUsage(serverName: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('base64');
  const files: object[] = [];
  const texts: object[] = [];
  const usage = { version: '1.163.2', takesFiles: true };

  const version = (): Reply => ok({ server: { name: 'Synapse', version: usage.version } });
  const keys = (): Reply => {
    const document = {
      server_name: serverName,
      valid_until_ts: Date.now() * 2,
      verify_keys: { 'ed25519:a': { key } },
    };
    const signature = sign(null, Buffer.from(canonicalJson(document)), privateKey).toString('base64');
    return ok({ ...document, signatures: { [serverName]: { 'ed25519:a': signature } } });
  };
  const sync = (): Reply => ok({ next_batch: 's1' });
  const send = ({ body }: Request): Reply => {
    texts.push(body);
    return ok({ event_id: `$${texts.length}` });
  };
  const messages = (): Reply => ok({ chunk: texts.map((content) => ({ content })) });
  const upload = ({ body }: Request): Reply => {
    if (!usage.takesFiles) return refuse(500, 'M_UNKNOWN', 'out of order');
    files.push(body);
    return ok({ content_uri: `mxc://${serverName}/file${files.length}` });
  };
  const download = (_request: Request, _user: unknown, id: string): Reply => {
    const file = files[Number(id.replace('file', '')) - 1];
    return file === undefined ? refuse(404, 'M_NOT_FOUND') : ok(file);
  };

  const anybody: Handlers<unknown> = [
    [/^\/_matrix\/federation\/v1\/version$/, version],
    [/^\/_matrix\/key\/v2\/server$/, keys],
  ];
  const users: Handlers<unknown> = [
    [/^\/_matrix\/client\/v3\/sync$/, sync],
    [/^\/_matrix\/client\/v3\/rooms\/[^/]+\/send\//, send],
    [/^\/_matrix\/client\/v3\/rooms\/[^/]+\/messages$/, messages],
    [/^\/_matrix\/media\/v3\/upload$/, upload],
    [/^\/_matrix\/client\/v1\/media\/download\/[^/]+\/(file\d+)$/, download],
  ];
  return { usage, anybody, users };
}
