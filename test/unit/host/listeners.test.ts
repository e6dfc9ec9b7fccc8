import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findListeners, parseListening } from '../../../src/host/listeners.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const rest = '00000000:00000000 00:00000000 00000000     0        0';

describe("the kernel's table of sockets", () => {
  test('must be read for IPv4, and only for who listens', () => {
    const listening = `   0: 0100007F:01BB 00000000:0000 0A ${rest} 4711 1 0000000000000000 100 0 0 10 0`;
    const connected = `   1: 0100007F:01BB 0100007F:C350 01 ${rest} 4712 1 0000000000000000 20 4 30 10 -1`;
    expect(parseListening([header, listening, connected, ''].join('\n'))).toEqual([
      { address: '127.0.0.1', port: 443, inode: '4711' },
    ]);
  });

  test('of UDP must be read for who can be sent to', () => {
    const bound = `  24: 0100007F:0035 00000000:0000 07 ${rest} 4711 2 0000000000000000 0`;
    const connected = `  25: 0100007F:C350 0100007F:0035 01 ${rest} 4712 2 0000000000000000 0`;
    expect(parseListening([header, bound, connected].join('\n'), '07')).toEqual([
      { address: '127.0.0.1', port: 53, inode: '4711' },
    ]);
  });

  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000001000000', '::1'],
    ['B80D01200000000000000000ADDE0000', '2001:db8::dead'],
  ])('must be read for the IPv6 address %s', (hexadecimal, address) => {
    const line = `   0: ${hexadecimal}:0050 00000000000000000000000000000000:0000 0A ${rest} 1 1 0 100 0 0 10 0`;
    expect(parseListening(`${header}\n${line}\n`)).toEqual([{ address, port: 80, inode: '1' }]);
  });
});

test('a program must not see itself listening', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  expect(await findListeners([port])).toEqual([]);
  server.close();
});
