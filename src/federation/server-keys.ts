import { createPublicKey, verify } from 'node:crypto';
import { asObject } from '../json-object.ts';

/** Codes of what can be wrong with published keys. They are stable: programs compare them. */
type KeyTrouble = 'keys-wrong-server' | 'keys-expired' | 'keys-none' | 'keys-bad-key' | 'keys-signature';

export interface KeyObjection {
  readonly code: KeyTrouble;
  readonly saw: string;
}

/** More keys than a server has. Each one costs a verification. */
export const mostKeys = 16;

/** The length of an Ed25519 public key, in bytes (RFC 8032). */
const keyBytes = 32;

/**
 * What another homeserver would object to in the keys that are published for a server name (server-server API,
 * "Publishing Keys"): nothing where they are signed with each of the keys that they name, and still valid.
 *
 * @param document of any shape: a server may answer anything
 * @param now milliseconds since 1970
 */
export function objectionsToKeys(
  document: Readonly<Record<string, unknown>>,
  serverName: string,
  now: number,
): KeyObjection[] {
  const { signatures, ...signed } = document;
  const own = asObject(asObject(signatures)?.[serverName]) ?? {};
  const { server_name: name, valid_until_ts: validUntil } = signed;
  const keys = Object.entries(asObject(signed.verify_keys) ?? {})
    .filter(([id]) => id.startsWith('ed25519:') && id.length < 100)
    .slice(0, mostKeys);
  if (name !== serverName) {
    const owner = typeof name === 'string' ? name.slice(0, 300) : 'nobody';
    return [objection('keys-wrong-server', `they are the keys of ${owner}`)];
  }
  return [
    ...(typeof validUntil === 'number' && validUntil > now
      ? []
      : [objection('keys-expired', describeExpiry(validUntil))]),
    ...(keys.length === 0 ? [objection('keys-none', 'there is no key in them')] : []),
    ...keys.flatMap(([id, value]) =>
      objectionsToKey(id, textOf(asObject(value)?.key), signed, textOf(own[id])),
    ),
  ];
}

/** The first objection, as a sentence; `undefined` where there is none. */
export function objectionToKeys(
  document: Readonly<Record<string, unknown>>,
  serverName: string,
  now: number,
): string | undefined {
  return objectionsToKeys(document, serverName, now)[0]?.saw;
}

function objectionsToKey(id: string, key: string, document: object, signature: string): KeyObjection[] {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== keyBytes) {
    return [
      objection('keys-bad-key', `the key ${id} is wrong: it has ${bytes.length} bytes, not ${keyBytes}`),
    ];
  }
  return isSignedBy(bytes, document, signature)
    ? []
    : [objection('keys-signature', `the signature by ${id} is wrong or missing`)];
}

function describeExpiry(validUntil: unknown): string {
  const date = new Date(Number(validUntil));
  return typeof validUntil !== 'number' || Number.isNaN(date.getTime())
    ? 'they do not say until when they are valid'
    : `they have expired, on ${date.toISOString()}`;
}

function objection(code: KeyTrouble, saw: string): KeyObjection {
  return { code, saw };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isSignedBy(key: Buffer, document: object, signature: string): boolean {
  try {
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') },
      format: 'jwk',
    });
    return verify(null, Buffer.from(canonicalJson(document)), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    // An invalid key, or a document that is nested too deep to be written, counts as not signed.
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
