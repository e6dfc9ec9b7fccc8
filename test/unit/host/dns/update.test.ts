import { createSocket } from 'node:dgram';
import { decode, encode, type Packet } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { encodeUpdate, signed, updateRecord } from '../../../../src/host/dns/update.ts';

const key = {
  name: 'Updates.example.org.',
  algorithm: 'hmac-sha256',
  secret: () => Buffer.from('a key for tests').toString('base64'),
};
const record = { zone: 'example.org', name: '_acme-challenge.matrix.example.org', text: 'proof' };

// dnspython reads both, and finds their signatures right.
test.each([
  [
    'add',
    '123428000001000000010001076578616d706c65036f726700000600010f5f61636d652d6368616c6c656e6765066d6174726978076578616d706c65036f726700001000010000003c00060570726f6f660775706461746573076578616d706c65036f72670000fa00ff00000000003d0b686d61632d7368613235360000006b49d200012c0020ac3b3bca75094e95a9bb6e2318a0e7ebfd0592319ba14b356b556f5460b64c74123400000000',
  ],
  [
    'remove',
    '123428000001000000010001076578616d706c65036f726700000600010f5f61636d652d6368616c6c656e6765066d6174726978076578616d706c65036f726700001000fe0000000000060570726f6f660775706461746573076578616d706c65036f72670000fa00ff00000000003d0b686d61632d7368613235360000006b49d200012c00205632a86923e03862d9ff1364ccb1b5055c3860504ee0f466c823bfdb61e546c8123400000000',
  ],
] as const)('the update to %s a record must be these bytes', (action, bytes) => {
  const message = encodeUpdate(0x1234, { action, ...record });
  expect(signed(message, key, 1_800_000_000).toString('hex')).toBe(bytes);
});

/** What is said of the answer of a name server. */
async function told(answer: Packet) {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    socket.send(encode({ type: 'response', id: decode(query).id, ...answer } as Packet), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    socket.close();
  });
  return updateRecord(
    `127.0.0.1:${socket.address().port}`,
    { action: 'add', ...record },
    key,
    new Date(1_800_000_000_000),
  );
}

/** The signature of an answer about one that is wrong, with nothing but the error in it. */
const about = (error: number) => ({
  type: 'TSIG',
  name: 'updates.example.org',
  class: 'ANY',
  data: Buffer.from(
    `0b686d61632d73686132353600${'00'.repeat(6)}012c00001234${error.toString(16).padStart(4, '0')}0000`,
    'hex',
  ),
});

test.each<[Packet, string | undefined]>([
  [{}, undefined],
  [{ flags: 5 }, 'REFUSED'],
  [{ flags: 10 }, 'NOTZONE'],
  [{ flags: 9 }, 'NOTAUTH'],
  [{ flags: 9, additionals: [about(16) as never] }, 'BADSIG'],
  [{ flags: 9, additionals: [about(17) as never] }, 'BADKEY'],
  [{ flags: 9, additionals: [about(18) as never] }, 'BADTIME'],
])('the answer %j must be taken as %s', async (answer, failure) => {
  expect(await told(answer)).toEqual(failure === undefined ? undefined : { failure });
});
