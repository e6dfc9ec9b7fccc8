import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6, SocketAddress } from 'node:net';
import {
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  streamEncode,
} from 'dns-packet';
import { deadline, uninterruptible } from '../bounds.ts';
import type { Failure } from '../network.ts';
import type { DnsAnswer, DnsQuestion } from './answers.ts';

/** When the question is sent, in milliseconds. It is repeated while there is no answer: a packet may be lost. */
const sentAt = [0, 150, 450, 1000];

/** How long an answer is waited for. */
export const patienceSeconds = 2.5;

/** A signal that fires after `patienceSeconds`, or with the given signal. */
export function untilGivenUp(signal: AbortSignal | undefined): AbortSignal {
  // Not AbortSignal.timeout: joined with another signal, it is lost when Node collects garbage (nodejs/node#57736).
  return deadline(patienceSeconds, { interrupt: signal ?? uninterruptible });
}

/** Error codes of node:dns for response codes of a refusal or failure (RFC 1035, section 4.1.1). */
const refusals: Readonly<Record<number, string>> = {
  1: 'EFORMERR',
  2: 'ESERVFAIL',
  4: 'ENOTIMP',
  5: 'EREFUSED',
};

const responseCode = 0xf;
const noSuchName = 3;

/**
 * Asks one name server one question. Unlike node:dns, tells how long the answer may be cached, and whether the server
 * is authoritative for the zone. Never throws: a failure is returned as a value.
 *
 * @param server an address, with a port where it is not 53: `192.0.2.53`, `192.0.2.53:5300`, `[2001:db8::53]:5300`
 * @param signal ends the wait
 */
export async function askServer(
  server: string,
  question: DnsQuestion,
  signal?: AbortSignal,
): Promise<DnsAnswer | Failure> {
  const place = nameServerAddress(server);
  const packet: Packet = {
    type: 'query',
    id: randomInt(0x10000),
    flags: RECURSION_DESIRED,
    questions: [question],
  };
  const over = untilGivenUp(signal);
  try {
    const isMeant = (answer: DecodedPacket) => answer.id === packet.id && isAbout(answer, question);
    const short = await byDatagram(place, encode(packet), isMeant, over);
    const whole = short.flag_tc ? await byStream(place, streamEncode(packet), over) : short;
    return readAnswer(whole);
  } catch (error) {
    return { failure: (error as { code?: string }).code ?? 'EBADRESP' };
  }
}

export interface NameServerAddress {
  readonly address: string;
  readonly port: number;
}

export function nameServerAddress(server: string): NameServerAddress {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  return { address: bracketed ?? plain ?? server, port: Number(port ?? 53) };
}

function isAbout({ questions }: DecodedPacket, { name, type }: DnsQuestion): boolean {
  const [asked] = questions ?? [];
  return asked?.type === type && normalName(asked.name) === normalName(name);
}

/** Sends a message by UDP, repeatedly while there is no answer, and returns the first matching answer. */
export function byDatagram(
  { address, port }: NameServerAddress,
  query: Buffer,
  isMeant: (answer: DecodedPacket) => boolean,
  over: AbortSignal,
): Promise<DecodedPacket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const timers: NodeJS.Timeout[] = [];
  return new Promise<DecodedPacket>((resolve, reject) => {
    over.addEventListener('abort', () => reject(silence()));
    socket.on('error', reject);
    socket.on('message', (message) => {
      const answer = decoded(message);
      if (answer !== undefined && isMeant(answer)) {
        resolve(answer);
      }
    });
    // A connected socket gets an error if nothing listens there.
    socket.connect(port, address, () => {
      timers.push(...sentAt.map((after) => setTimeout(() => socket.send(query), after)));
    });
  }).finally(() => {
    timers.forEach(clearTimeout);
    socket.close();
  });
}

/** Asks by TCP, for an answer that is too large for a packet. */
function byStream(
  { address, port }: NameServerAddress,
  query: Buffer,
  over: AbortSignal,
): Promise<DecodedPacket> {
  const socket = connect(port, address, () => socket.write(query));
  return new Promise<DecodedPacket>((resolve, reject) => {
    over.addEventListener('abort', () => reject(silence()));
    socket.on('error', reject);
    socket.on('end', () => reject(silence()));
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        try {
          resolve(decode(received.subarray(2)));
        } catch (error) {
          reject(error);
        }
      }
    });
  }).finally(() => socket.destroy());
}

const silence = () => Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });

/** `undefined` for a message that cannot be decoded: it is ignored, since it may be from somebody else. */
function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function readAnswer({
  flags = 0,
  flag_aa,
  answers = [],
  authorities = [],
}: DecodedPacket): DnsAnswer | Failure {
  const code = flags & responseCode;
  if (code !== 0 && code !== noSuchName) {
    return { failure: refusals[code] ?? 'EBADRESP' };
  }
  const origin = [...answers, ...authorities].find(({ type }) => type === 'SOA');
  const records = answers.flatMap((answer) => {
    const value = textOf(answer);
    return value === undefined ? [] : [{ name: normalName(answer.name), type: answer.type, value }];
  });
  return {
    records,
    authoritative: flag_aa,
    zone: origin === undefined ? undefined : normalName(origin.name),
    secondsLeft: secondsLeft(answers.length > 0 ? answers : authorities),
  };
}

function secondsLeft(records: readonly Answer[]): number | undefined {
  const seconds = records.flatMap((record) =>
    'ttl' in record && record.ttl !== undefined
      ? [record.type === 'SOA' ? Math.min(record.ttl, record.data.minimum ?? record.ttl) : record.ttl]
      : [],
  );
  return seconds.length > 0 ? Math.min(...seconds) : undefined;
}

/** The value of a record, as a zone file writes it; `undefined` for types that are never asked for. */
function textOf(answer: Answer): string | undefined {
  switch (answer.type) {
    case 'A':
      return answer.data;
    case 'AAAA':
      // The canonical form, so that equal addresses are equal texts.
      return new SocketAddress({ address: answer.data, family: 'ipv6' }).address;
    case 'CNAME':
    case 'NS':
      return `${normalName(answer.data)}.`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${normalName(target)}.`;
    }
    case 'TXT':
      return [answer.data].flat().join('');
    default:
      return undefined;
  }
}

/** A name in lower case: the case of its letters does not matter (RFC 4343). */
function normalName(name: string): string {
  return name === '' ? '.' : name.toLowerCase();
}
