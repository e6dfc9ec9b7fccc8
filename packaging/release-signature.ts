import { createHash, createPrivateKey, type KeyObject, scryptSync, sign } from 'node:crypto';
import { isNews, readSigned } from '../src/releases/accept.ts';
import { parseKeys } from '../src/releases/minisign.ts';

/** The private half of a key of minisign. */
export interface SecretKey {
  /** The eight bytes by which signatures name their key. */
  readonly id: Buffer;
  readonly privateKey: KeyObject;
}

/** What is signed, by which key, for whom. */
interface Signing {
  /** The text of the release document. */
  readonly document: string;
  readonly key: SecretKey;
  /** The text of keys/releases.pub: the document must be one that those who have it would take. */
  readonly publicKeys: string;
  /** The serial of the document that is built in. */
  readonly builtInSerial: number;
  readonly now: Date;
}

/**
 * Signs a release document for publication.
 *
 * @returns the text of its signature's file
 * @throws UserError for a document that `releases update` would refuse: invalid, expired, signed by a key that is not published, or
 *   not newer than what is built in
 */
export function signRelease({ document, key, publicKeys, builtInSerial, now }: Signing): string {
  const { serial } = JSON.parse(document) as { serial?: unknown };
  const signature = signMinisign(document, `matrix-deploy releases, serial ${serial}`, key);
  const signed = readSigned({ document, signature }, parseKeys(publicKeys));
  if (!isNews(signed, { serial: builtInSerial }, now)) {
    throw new Error(`The serial ${serial} is that of the document that is built in: give it the next one.`);
  }
  return signature;
}

/**
 * Signs a text as `minisign -S` does: prehashed by BLAKE2b, and with its trusted comment signed, too
 * (https://jedisct1.github.io/minisign/#signature-format).
 *
 * @returns the text of the signature's file
 */
export function signMinisign(text: string, comment: string, { id, privateKey }: SecretKey): string {
  const own = sign(null, createHash('blake2b512').update(text).digest(), privateKey);
  const whole = sign(null, Buffer.concat([own, Buffer.from(comment)]), privateKey);
  const body = Buffer.concat([Buffer.from('ED'), id, own]).toString('base64');
  const untrusted = 'untrusted comment: signature from minisign secret key';
  return `${untrusted}\n${body}\ntrusted comment: ${comment}\n${whole.toString('base64')}\n`;
}

/** What an Ed25519 key in PKCS #8 has before its 32 bytes (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Reads a secret key of `minisign -G` (https://jedisct1.github.io/minisign/#secret-key-format).
 *
 * @param text of its file
 * @param password asked for where the key is encrypted
 * @throws where it is no such key, or the password is not the one
 */
export async function readSecretKey(text: string, password: () => Promise<string>): Promise<SecretKey> {
  const bytes = Buffer.from(text.split('\n')[1] ?? '', 'base64');
  if (bytes.length !== 158 || bytes.toString('latin1', 0, 2) !== 'Ed') {
    throw new Error('This is no secret key of minisign.');
  }
  const derivation = bytes.subarray(2, 4).toString('latin1');
  const isEncrypted = derivation === 'Sc';
  if (!isEncrypted && derivation !== '\0\0')
    throw new Error('This secret key is encrypted in an unknown way.');
  const secret = isEncrypted ? decrypt(bytes, await password()) : bytes.subarray(54);
  const [id, seed, publicKey] = [secret.subarray(0, 8), secret.subarray(8, 40), secret.subarray(40, 72)];
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  // The checksum in the file is a hash that Node does not have. This tells as surely whether the password is the one.
  const own = Buffer.from(privateKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  if (!own.equals(publicKey))
    throw new Error('The password is not the one of this key, or its file is damaged.');
  return { id: Buffer.from(id), privateKey };
}

function decrypt(bytes: Buffer, password: string): Buffer {
  const salt = bytes.subarray(6, 38);
  const { N, r, p } = scryptCosts(Number(bytes.readBigUInt64LE(38)), Number(bytes.readBigUInt64LE(46)));
  const encrypted = bytes.subarray(54);
  const mask = scryptSync(password, salt, encrypted.length, { N, r, p, maxmem: 2 * 128 * N * r });
  return Buffer.from(encrypted.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

/** As libsodium derives them from the limits that the file names (`pickparams` in its scryptsalsa208sha256). */
function scryptCosts(operations: number, memory: number): { N: number; r: number; p: number } {
  const r = 8;
  const limit = Math.max(operations, 32768);
  const isBoundByOperations = limit < memory / 32;
  const mostN = Math.floor(isBoundByOperations ? limit / (r * 4) : memory / (r * 128));
  let N = 2;
  while (N <= mostN / 2) N *= 2;
  return { N, r, p: isBoundByOperations ? 1 : Math.floor(limit / 4 / N / r) };
}
