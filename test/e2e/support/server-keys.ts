import { createPublicKey, verify } from 'node:crypto';
import type { Machine } from '../../lab/machine.ts';
import { ask } from './web.ts';

/** What a homeserver says of its signing keys (server-server API, "Publishing Keys"). */
interface ServerKeys {
  readonly server_name: string;
  readonly verify_keys: Record<string, { key: string }>;
  readonly signatures: Record<string, Record<string, string>>;
}

/**
 * Finds a homeserver by its well-known document and asks it for its keys, as a foreign homeserver does.
 *
 * @returns the name that has signed them, which must be the one that was asked for
 * @throws when nothing is delegated, the certificate is not trusted, or no key or signature is good
 */
export async function fetchSignedName(from: Machine, serverName: string): Promise<string> {
  const { body: delegation } = await ask(from, `https://${serverName}/.well-known/matrix/server`);
  const { body } = await ask(from, `https://${JSON.parse(delegation)['m.server']}/_matrix/key/v2/server`);
  const { signatures, ...signed }: ServerKeys = JSON.parse(body);
  const own = Object.entries(signatures[serverName] ?? {});
  if (own.length === 0) throw new Error(`no signature of ${serverName}: ${body}`);
  for (const [id, signature] of own) {
    const key = signed.verify_keys[id]?.key ?? '';
    if (!isSignedBy(key, signed, signature)) throw new Error(`the signature by ${id} is wrong: ${body}`);
  }
  return signed.server_name;
}

function isSignedBy(key: string, document: object, signature: string): boolean {
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key, 'base64').toString('base64url') },
    format: 'jwk',
  });
  return verify(null, Buffer.from(canonicalJson(document)), publicKey, Buffer.from(signature, 'base64'));
}

/** The one form in which JSON is signed: no white space, keys in order (Matrix appendices, "Canonical JSON"). */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
