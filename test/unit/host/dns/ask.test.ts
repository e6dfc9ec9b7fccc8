import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decode, encode, type Packet, streamEncode, TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askServer } from '../../../../src/host/dns/ask.ts';
import { ownLoopback } from '../../../fakes/loopback.ts';

const authoritative = 1 << 10;
const question = { name: 'matrix.example.org', type: 'A' } as const;
const record = { name: 'Matrix.Example.org', type: 'A', ttl: 42, data: '192.0.2.7' } as const;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** A name server that answers each packet with what is given for it in turn, the last of them from then on; and over TCP. */
async function nameServer(answers: readonly (Packet | Buffer | undefined)[], byStream: Packet = {}) {
  const socket = createSocket('udp4');
  let heard = 0;
  socket.on('message', (query, { port, address }) => {
    const answer = answers[Math.min(heard, answers.length - 1)];
    heard += 1;
    if (answer !== undefined) {
      socket.send(Buffer.isBuffer(answer) ? answer : encode(reply(query, answer)), port, address);
    }
  });
  const host = ownLoopback();
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  const server = createServer((connection: Socket) => {
    connection.on('data', (query) => connection.end(streamEncode(reply(query.subarray(2), byStream))));
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => {
    socket.close();
    server.close();
  });
  return `${host}:${port}`;
}

function reply(query: Buffer, answer: Packet): Packet {
  const { id, questions } = decode(query);
  return { type: 'response', id, questions, ...answer };
}

const records = [{ name: 'matrix.example.org', type: 'A', value: '192.0.2.7' }];

describe('a question to one name server', () => {
  test('must be answered with how long that may be kept, and by whom', async () => {
    const server = await nameServer([{ flags: authoritative, answers: [record] }]);
    expect(await askServer(server, question)).toEqual({
      records,
      authoritative: true,
      zone: undefined,
      secondsLeft: 42,
    });
  });

  test('must be answered with the zone, and how long it may be kept that there is nothing', async () => {
    const data = { mname: 'ns.example.org', rname: 'root.example.org', minimum: 60 };
    const origin = { name: 'example.org', type: 'SOA', ttl: 900, data } as const;
    const server = await nameServer([{ flags: 3, authorities: [origin] }]);
    expect(await askServer(server, question)).toMatchObject({
      records: [],
      zone: 'example.org',
      secondsLeft: 60,
    });
  });

  test('must be asked again where a packet was lost, and believe no stranger', async () => {
    const stranger = encode({ type: 'response', id: 1, questions: [], answers: [record] });
    const server = await nameServer([undefined, Buffer.from('nonsense'), stranger, { answers: [record] }]);
    expect(await askServer(server, question)).toMatchObject({ records });
  });

  test('must be asked over TCP where no packet holds the answer', async () => {
    const server = await nameServer([{ flags: TRUNCATED_RESPONSE }], { answers: [record] });
    expect(await askServer(server, question)).toMatchObject({ records });
  });

  test.each([
    ['refuses', { flags: 5 }, 'EREFUSED'],
    ['fails', { flags: 2 }, 'ESERVFAIL'],
    ['is silent', undefined, 'ETIMEOUT'],
  ])('must have failed where the server %s', async (_, answer, failure) => {
    expect(await askServer(await nameServer([answer]), question)).toEqual({ failure });
  });

  test('must have failed at once where nothing listens', async () => {
    expect(await askServer('127.0.0.1:9', question)).toEqual({ failure: 'ECONNREFUSED' });
  });

  test('must be given up where nothing answers, also when memory is tidied up meanwhile', async () => {
    const server = await nameServer([undefined]);
    const tidyUp = setInterval(collectGarbage, 100);
    onTestFinished(() => clearInterval(tidyUp));
    expect(await askServer(server, question)).toEqual({ failure: 'ETIMEOUT' });
  });
});
