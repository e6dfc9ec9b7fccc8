import { createPublicKey, verify } from 'node:crypto';

/** A homeserver's published keys (server-server API, "Publishing Keys"). */
interface ServerKeys {
  readonly server_name?: string;
  /** Milliseconds since 1970. */
  readonly valid_until_ts?: number;
  readonly verify_keys?: Readonly<Record<string, { readonly key?: string }>>;
  readonly signatures?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * What another homeserver would object to in the keys that are published for a server name; `undefined` when they are
 * good: signed with each of the keys that they name, and still valid.
 *
 * @param now milliseconds since 1970
 */
export function objectionToKeys(document: ServerKeys, serverName: string, now: number): string | undefined {
  if (document.server_name !== serverName) {
    return `they are the keys of ${document.server_name ?? 'nobody'}`;
  }
  if ((document.valid_until_ts ?? 0) <= now) {
    return 'they have expired';
  }
  const { signatures, ...signed } = document;
  const own = signatures?.[serverName] ?? {};
  const keys = Object.entries(document.verify_keys ?? {});
  if (keys.length === 0) {
    return 'there is no key in them';
  }
  const bad = keys.find(([id, { key }]) => !isSignedBy(key ?? '', signed, own[id] ?? ''));
  return bad === undefined ? undefined : `the signature by ${bad[0]} is wrong or missing`;
}

function isSignedBy(key: string, document: object, signature: string): boolean {
  try {
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key, 'base64').toString('base64url') },
      format: 'jwk',
    });
    return verify(null, Buffer.from(canonicalJson(document)), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    // What is no key is no good key.
    return false;
  }
}

/** The one form in which JSON is signed: no white space, keys in order (Matrix appendices, "Canonical JSON"). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
