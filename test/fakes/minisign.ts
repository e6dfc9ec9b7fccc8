import { createHash, generateKeyPairSync } from 'node:crypto';
import { signMinisign } from '../../packaging/release-signature.ts';

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
  const line = Buffer.concat([Buffer.from('Ed'), id, bytes]).toString('base64');
  return {
    publicKey: `untrusted comment: a key for a test\n${line}\n`,
    sign: (text, comment = 'for a test') => signMinisign(text, comment, { id, privateKey }),
  };
}
