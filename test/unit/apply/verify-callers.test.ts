import { beforeAll, describe, expect, test } from 'vitest';
import { isHidden, verifyCallers } from '../../../src/apply/verify-callers.ts';
import { callerRecord } from '../../../src/components/synapse/caller-record.ts';
import { options } from '../../../src/components/synapse/options.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { type Issued, issueFor, serve } from '../../fakes/tls-server.ts';

const own = '203.0.113.7';
const own6 = '2001:db8::7';
const gateway = '172.18.0.1';

describe('a client', () => {
  test.each([
    ['this host, by its own address', own, own, false],
    ['this host by IPv6, by its own address', own6, own6, false],
    ['this host, by another of its addresses', own, own6, false],
    ['the gateway of a network of containers', gateway, own6, true],
    ['an address that nobody has, where no router is in between', '10.0.2.2', own, true],
    ['the router that leads back to this host', '192.168.1.1', '198.51.100.9', false],
    ['the gateway, although a router leads back to this host', gateway, '198.51.100.9', true],
  ])('that is seen as %s', (_, caller, asked, hidden) => {
    const places = { ownAddresses: [own, own6], innerAddresses: [gateway] };
    expect(isHidden(caller, asked, places)).toBe(hidden);
  });
});

// Written by Synapse 1.163.2 behind Traefik.
const line = (caller: string, path: string) =>
  `2026-11-28 14:00:00,123 - synapse.access.http.8008 - 515 - INFO - GET-7 - ${caller} - 8008 - {None} Processed request: 0.001sec/0.000sec (0.000sec, 0.000sec) (0.000sec/0.000sec/0) 500B 200 "GET ${path} HTTP/1.1" "-" [0 dbevts]`;

const record = callerRecord(options.parse({}), { host: 'matrix.example.org' } as never);

describe("Synapse's log", () => {
  test.each(['198.51.100.9', '2001:db8::9', '::1'])('must tell that %s has asked', (caller) => {
    const log = [
      'loading Synapse: 1 s',
      line('192.0.2.1', `${record.path}${record.query('other')}`),
      line(caller, `${record.path}${record.query('abc')}`),
    ];
    expect(record.callerIn(log, 'abc')).toBe(caller);
  });

  test('must tell nothing of a request that is not in it', () => {
    expect(record.callerIn([line(own, record.path)], 'abc')).toBeUndefined();
  });
});

describe('a server that is asked by name', () => {
  let good: Issued;
  beforeAll(async () => {
    good = await issueFor('matrix.example.org');
  });

  async function find(caller: string | undefined, logLevel: 'INFO' | 'WARNING' = 'INFO') {
    const port = await serve(good);
    const chosen = options.parse({ log_level: logLevel });
    const marker = '0'.repeat(24);
    return verifyCallers(
      {
        edge: { httpsPort: port },
        project: 'matrix',
        callerRecords: [callerRecord(chosen, { host: 'matrix.example.org' } as never)],
      },
      {
        roots: good.authority,
        clock: fakeClock(),
        network: { addresses: async (_, family) => ({ records: family === 'A' ? ['127.0.0.1'] : [] }) },
        ownAddresses: ['127.0.0.1'],
        innerAddresses: [gateway],
        random: (bytes) => new Uint8Array(bytes),
        whenHidden: (family, version) => `${family} of ${version}`,
        engine: {
          version: async () => ({ product: 'Docker', version: '28.5.2' }),
          containers: async () => [{ id: 'c', service: 'synapse', state: 'running' } as never],
          logs: async () => (caller === undefined ? [] : [line(caller, `/v?matrix-deploy=${marker}`)]),
        },
      },
    );
  }

  test('must pass where it records the address that was asked from', async () => {
    expect(await find('127.0.0.1')).toMatchObject([{ verdict: 'passed' }]);
  });

  test('must be warned of, with the remedy, where it records the address of the engine', async () => {
    expect(await find(gateway)).toMatchObject([{ verdict: 'warning', remedy: 'ipv4 of 28.5.2' }]);
  });

  test('must be told wrong where it records the address that the client names itself', async () => {
    expect(await find('192.0.2.1')).toMatchObject([{ verdict: 'failed' }]);
  });

  test.each([
    ['the request does not get into the log', 'INFO'],
    ['requests are not logged', 'WARNING'],
  ] as const)('must be left open where %s', async (_, level) => {
    expect(await find(undefined, level)).toMatchObject([{ verdict: 'unverified' }]);
  });
});
