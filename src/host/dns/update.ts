import { createHmac, randomInt } from 'node:crypto';
import type { DecodedPacket } from 'dns-packet';
import type { Failure } from '../network.ts';
import { byDatagram, nameServerAddress, untilGivenUp } from './ask.ts';

/** A TXT record to add or to remove. */
export interface RecordChange {
  readonly action: 'add' | 'remove';
  /** The zone of the record. Neither the zone nor the name ends with a dot. */
  readonly zone: string;
  readonly name: string;
  /** At most 255 bytes. */
  readonly text: string;
}

/** A key that is shared with a name server (TSIG, RFC 8945). */
export interface UpdateKey {
  readonly name: string;
  /** Such as `hmac-sha256`. */
  readonly algorithm: string;
  /** In Base64. */
  secret(): string;
}

const classes = { IN: 1, NONE: 254, ANY: 255 } as const;
const types = { SOA: 6, TXT: 16, TSIG: 250 } as const;
const updateOpcode = 5;

/** How far both clocks may be apart, in seconds, as RFC 8945, section 10, recommends. */
const fudge = 300;

/** How long resolvers may keep the record, in seconds. */
const timeToLive = 60;

/** Response codes (RFC 2136, section 2.2; RFC 8945, section 3), by the names that the RFCs give them. */
const responseCodes: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADSIG',
  17: 'BADKEY',
  18: 'BADTIME',
};

/**
 * Changes a record by a signed dynamic update (RFC 2136, RFC 8945). Never throws: a failure is returned as a value.
 *
 * @param server an address, with a port where it is not 53
 * @param now the time by this host's clock
 * @returns `undefined` on success; otherwise the name of the response code, or an error code of the system
 */
export async function updateRecord(
  server: string,
  change: RecordChange,
  key: UpdateKey,
  now: Date,
  signal?: AbortSignal,
): Promise<Failure | undefined> {
  const id = randomInt(0x10000);
  const over = untilGivenUp(signal);
  try {
    const message = signed(encodeUpdate(id, change), key, Math.floor(now.getTime() / 1000));
    const answer = await byDatagram(nameServerAddress(server), message, (found) => found.id === id, over);
    return refusalOf(answer);
  } catch (error) {
    return { failure: (error as { code?: string }).code ?? 'EBADRESP' };
  }
}

/** An update message, not signed (RFC 2136, section 2). */
export function encodeUpdate(id: number, { action, zone, name, text }: RecordChange): Buffer {
  const data = Buffer.from(text);
  const isAdded = action === 'add';
  return Buffer.concat([
    words(id, updateOpcode << 11, 1, 0, 1, 0),
    wireName(zone),
    words(types.SOA, classes.IN),
    wireName(name),
    words(types.TXT, isAdded ? classes.IN : classes.NONE, 0, isAdded ? timeToLive : 0, data.length + 1),
    Buffer.from([data.length]),
    data,
  ]);
}

/**
 * A message with its signature as the last record (RFC 8945, sections 4.2 and 4.3).
 *
 * @param seconds when it is signed, since 1970
 */
export function signed(message: Buffer, { name, algorithm, secret }: UpdateKey, seconds: number): Buffer {
  const keyName = wireName(name);
  const algorithmName = wireName(algorithm);
  const time = Buffer.alloc(6);
  time.writeUIntBE(seconds, 0, 6);
  const mac = createHmac(algorithm.replace('hmac-', ''), Buffer.from(secret(), 'base64'))
    .update(message)
    .update(keyName)
    .update(words(classes.ANY, 0, 0))
    .update(algorithmName)
    .update(time)
    .update(words(fudge, 0, 0))
    .digest();
  const data = Buffer.concat([
    algorithmName,
    time,
    words(fudge, mac.length),
    mac,
    message.subarray(0, 2),
    words(0, 0),
  ]);
  const whole = Buffer.concat([message, keyName, words(types.TSIG, classes.ANY, 0, 0, data.length), data]);
  // The count of additional records.
  whole.writeUInt16BE(1, 10);
  return whole;
}

function refusalOf({ flags = 0, additionals = [] }: DecodedPacket): Failure | undefined {
  const code = flags & 0xf;
  if (code === 0) return undefined;
  // An error of the signature is in the TSIG record of the answer.
  const about = additionals.flatMap((record) =>
    'data' in record && Buffer.isBuffer(record.data) && String(record.type) === 'TSIG'
      ? [signatureError(record.data)]
      : [],
  )[0];
  return { failure: responseCodes[about || code] ?? `RCODE${code}` };
}

/** The error field of a TSIG record. Before it: the algorithm's name, ten bytes, the MAC, and the original ID. */
function signatureError(data: Buffer): number {
  const afterName = data.indexOf(0) + 1;
  const macLength = data.readUInt16BE(afterName + 8);
  return data.readUInt16BE(afterName + 10 + macLength + 2);
}

/** A name in its canonical form (RFC 4034, section 6.2). */
function wireName(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
}

/** Numbers of 16 bits, the most significant byte first. */
function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}
