import { createHash } from 'node:crypto';

/** A public key in ASCII armor (RFC 9580, section 6.2). */
const armor =
  /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?:[A-Za-z]+: [^\n]*\n)*\n((?:[A-Za-z0-9+/]{1,76}={0,2}\n)+)(?:=[A-Za-z0-9+/]{4}\n)?-----END PGP PUBLIC KEY BLOCK-----\n?$/;

/** The packets of a public key, with their type IDs (RFC 9580, section 5). */
const packetType = { signature: 2, publicKey: 6, userId: 13, publicSubkey: 14, userAttribute: 17 };

const known: ReadonlySet<number> = new Set(Object.values(packetType));

interface Packet {
  readonly type: number;
  readonly body: Buffer;
}

/**
 * The fingerprint of the public key in a text. Accepts only a text that every parser reads in the same way: one block
 * with nothing around it, one primary key of version 4, packets of known types and lengths. Otherwise an attacker
 * could add a key that apt trusts and that is not seen here. (apt trusts only subkeys that the primary key has
 * signed.)
 *
 * @returns upper-case hexadecimal digits; `undefined` for any other text
 */
export function keyFingerprint(text: string): string | undefined {
  const digits = armor.exec(text)?.[1]?.replaceAll('\n', '') ?? '';
  const bytes = Buffer.from(digits, 'base64');
  const packets = bytes.toString('base64') === digits ? packetsOf(bytes) : [];
  const [first, ...others] = packets;
  const isOneKey =
    first?.type === packetType.publicKey &&
    others.every(({ type }) => known.has(type) && type !== packetType.publicKey);
  return isOneKey ? fingerprintOf(first.body) : undefined;
}

/** By RFC 9580, section 5.5.4.2. */
function fingerprintOf(body: Buffer): string | undefined {
  const length = Buffer.alloc(2);
  if (body[0] !== 4 || body.length > 0xffff) {
    return undefined;
  }
  length.writeUInt16BE(body.length);
  return createHash('sha1').update(Buffer.of(0x99)).update(length).update(body).digest('hex').toUpperCase();
}

/** All packets; none if one of them is incomplete. */
function packetsOf(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at);
    if (header === undefined || header.end > bytes.length) {
      return [];
    }
    packets.push({ type: header.type, body: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return packets;
}

/** A packet's type and the place of its body (RFC 9580, section 4.2); `undefined` if its header is not valid. */
function headerAt(bytes: Buffer, at: number): { type: number; start: number; end: number } | undefined {
  const first = bytes.readUInt8(at);
  if ((first & 0x80) === 0) {
    return undefined;
  }
  const isLegacy = (first & 0x40) === 0;
  const [start, length] = (isLegacy ? legacyLength(bytes, at) : lengthAt(bytes, at)) ?? [];
  return start === undefined || length === undefined
    ? undefined
    : { type: isLegacy ? (first >> 2) & 0x0f : first & 0x3f, start, end: start + length };
}

type Extent = [start: number, length: number] | undefined;

function legacyLength(bytes: Buffer, at: number): Extent {
  const octets = [1, 2, 4][bytes.readUInt8(at) & 3];
  const start = at + 1 + (octets ?? 0);
  return octets === undefined || start > bytes.length ? undefined : [start, bytes.readUIntBE(at + 1, octets)];
}

function lengthAt(bytes: Buffer, at: number): Extent {
  const [first, second] = [bytes[at + 1], bytes[at + 2]];
  if (first === undefined || first < 192) {
    return first === undefined ? undefined : [at + 2, first];
  }
  if (first < 224) {
    return second === undefined ? undefined : [at + 3, (first - 192) * 256 + second + 192];
  }
  return first === 255 && at + 6 <= bytes.length ? [at + 6, bytes.readUInt32BE(at + 2)] : undefined;
}
