import { createHash, createPublicKey, verify } from 'node:crypto';

/** A public key of minisign. */
export interface MinisignKey {
  /** As minisign prints it: 16 hexadecimal digits. */
  readonly id: string;
  /** The 32 bytes of an Ed25519 key. */
  readonly bytes: Buffer;
}

/**
 * Why a signature or a key is refused. The message about a signature continues a sentence that begins with "the
 * signature".
 */
export class SignatureError extends Error {}

const commentLine = /^untrusted comment: .*$/;
const trustedPrefix = 'trusted comment: ';

/**
 * The public keys in a text, one after the other as `minisign -G` writes each: a line of comment, and the key. Lines that
 * begin with `#`, and empty ones, are left out. (https://jedisct1.github.io/minisign/#public-key-format)
 *
 * @throws SignatureError where anything else is in it
 */
export function parseKeys(text: string): MinisignKey[] {
  const lines = linesOf(text).filter((line) => line !== '' && !line.startsWith('#'));
  return lines
    .filter((line) => !commentLine.test(line))
    .map((line) => {
      const bytes = decode(line, 42);
      if (bytes === undefined || bytes.toString('latin1', 0, 2) !== 'Ed') {
        throw new SignatureError('one of the keys is not a minisign key');
      }
      return { id: keyId(bytes), bytes: bytes.subarray(10) };
    });
}

/**
 * Verifies a signature that `minisign -S` has made: prehashed by BLAKE2b, and with the trusted comment signed too
 * (https://jedisct1.github.io/minisign/#signature-format). Those without prehashing, of minisign before 0.11, are refused.
 *
 * @param keys of which one must have signed
 * @returns the trusted comment
 * @throws SignatureError where none of the keys has signed these bytes and this comment
 */
export function verifyMinisign(signed: Uint8Array, signature: string, keys: readonly MinisignKey[]): string {
  const [comment = '', first = '', trusted = '', second = '', ...rest] = linesOf(signature);
  const [body, whole] = [decode(first, 74), decode(second, 64)];
  const isShaped =
    commentLine.test(comment) && trusted.startsWith(trustedPrefix) && rest.every((line) => line === '');
  if (!isShaped || body === undefined || whole === undefined) {
    throw new SignatureError('is not a minisign signature');
  }
  if (body.toString('latin1', 0, 2) !== 'ED') {
    throw new SignatureError('is not prehashed: minisign 0.11 and newer sign so');
  }
  const key = keys.find(({ id }) => id === keyId(body));
  if (key === undefined) {
    throw new SignatureError(`is by the key ${keyId(body)}, which this program does not know`);
  }
  const [publicKey, own] = [publicKeyOf(key), body.subarray(10)];
  const digest = createHash('blake2b512').update(signed).digest();
  if (!verify(null, digest, publicKey, own)) {
    throw new SignatureError('is of another text');
  }
  const told = trusted.slice(trustedPrefix.length);
  if (!verify(null, Buffer.concat([own, Buffer.from(told)]), publicKey, whole)) {
    throw new SignatureError('is of another trusted comment');
  }
  return told;
}

function publicKeyOf({ bytes }: MinisignKey) {
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
  });
}

/** The ID of a key, in the bytes 2 to 9: a little-endian number. */
function keyId(bytes: Buffer): string {
  return bytes.readBigUInt64LE(2).toString(16).toUpperCase().padStart(16, '0');
}

function decode(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}
