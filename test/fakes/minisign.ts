import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A pair of keys of minisign, which signs as `minisign -S` does. */
export interface Signer {
  /** The text of the public key's file. */
  readonly publicKey: string;
  /** @returns the text of the signature's file */
  sign(text: string, comment?: string): string;
}

export function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const id = createHash('sha256').update(bytes).digest().subarray(0, 8);
  const encode = (...parts: Buffer[]) => Buffer.concat(parts).toString('base64');
  return {
    publicKey: `untrusted comment: a key for a test\n${encode(Buffer.from('Ed'), id, bytes)}\n`,
    sign(text, comment = 'for a test') {
      const own = sign(null, createHash('blake2b512').update(text).digest(), privateKey);
      const whole = sign(null, Buffer.concat([own, Buffer.from(comment)]), privateKey);
      const body = encode(Buffer.from('ED'), id, own);
      return `untrusted comment: a test\n${body}\ntrusted comment: ${comment}\n${encode(whole)}\n`;
    },
  };
}
