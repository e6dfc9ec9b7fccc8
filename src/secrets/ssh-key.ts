import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { RandomBytes } from './generate.ts';
import { Secret } from './secret.ts';

const algorithm = 'ssh-ed25519';

/** The bytes in front of the 32 bytes of an Ed25519 private key (RFC 8410, PKCS#8 in DER). */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A private key of Ed25519 without a passphrase, in OpenSSH's own format (PROTOCOL.key of its source). */
export function newSshKey(random: RandomBytes): Secret {
  const seed = Buffer.from(random(32));
  const publicKey = publicKeyOf(seed);
  const check = Buffer.from(random(4));
  const secret = Buffer.concat([
    ...[check, check],
    ...[text(algorithm), field(publicKey), field(Buffer.concat([seed, publicKey]))],
    text(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    // No cipher, no key derivation, no options for it; one key.
    ...[text('none'), text('none'), text(''), number(1)],
    field(publicBlob(publicKey)),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const label = 'OPENSSH PRIVATE KEY';
  return new Secret([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n'));
}

const comment = 'matrix-deploy';

/** The public key of a private key in that format, as a line for `authorized_keys`; `undefined` for other formats. */
export function sshPublicKey(key: Secret): string | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(key.reveal()) ?? [];
  if (body === undefined) return undefined;
  const file = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = () => {
    const length = file.readUInt32BE(at);
    at += 4 + length;
    return file.subarray(at - length, at);
  };
  try {
    for (const _each of ['cipher', 'derivation', 'options']) next();
    at += 4;
    const blob = next();
    const name = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
    return `${name} ${blob.toString('base64')} ${comment}`;
  } catch {
    return undefined;
  }
}

function publicKeyOf(seed: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

function publicBlob(publicKey: Buffer): Buffer {
  return Buffer.concat([text(algorithm), field(publicKey)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field(bytes: Buffer): Buffer {
  return Buffer.concat([number(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return field(Buffer.from(value));
}
