import { beforeAll, describe, expect, test } from 'vitest';
import { verifyOutside } from '../../../src/apply/verify-outside.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { type Issued, issueFor, serve } from '../../fakes/tls-server.ts';

let good: Issued;
beforeAll(async () => {
  good = await issueFor('example.org');
});

const expectation = {
  name: 'what is wanted',
  host: 'example.org',
  path: '/v',
  judge: ({ status }: { status: number }) => (status === 200 ? undefined : `status ${status}`),
};

interface World {
  readonly port?: number;
  readonly address?: string;
  /** Answers of the name servers. */
  readonly records?: readonly string[];
  readonly failure?: string;
  /** Addresses of this host. */
  readonly own?: readonly string[];
}

async function find({ port = 1, address = '0.0.0.0', records = [], failure, own = ['127.0.0.1'] }: World) {
  const [finding] = await verifyOutside(
    { edge: { address, httpsPort: port }, expectations: [expectation] },
    {
      roots: good.authority,
      clock: fakeClock(new Date()),
      network: {
        addresses: async (_name, family) =>
          failure === undefined ? { records: family === 'A' ? records : [] } : { failure },
      },
      ownAddresses: own,
    },
  );
  return finding;
}

describe('what is asked by name', () => {
  test('must pass when it is answered as it must be', async () => {
    const port = await serve(good);
    expect(await find({ port, records: ['127.0.0.1'] })).toEqual({
      expectation: 'what is wanted',
      url: `https://example.org:${port}/v`,
      verdict: 'passed',
    });
  });

  test('must fail when the answer is wrong', async () => {
    const port = await serve(good, 502);
    expect(await find({ port, records: ['127.0.0.1'] })).toMatchObject({
      verdict: 'failed',
      saw: 'status 502',
    });
  });

  test('must fail when the certificate is for another name, wherever it was served', async () => {
    const port = await serve(await issueFor('other.example'));
    expect(await find({ port, records: ['127.0.0.1'], own: [] })).toMatchObject({ verdict: 'failed' });
  });

  test('must fail when one of its addresses does', async () => {
    const port = await serve(good);
    expect(await find({ port, records: ['127.0.0.1', '127.0.0.2'], own: ['127.0.0.2'] })).toMatchObject({
      verdict: 'failed',
      saw: expect.stringContaining(`at 127.0.0.2:${port}`),
    });
  });

  test('must fail without a record', async () => {
    expect(await find({ records: [] })).toMatchObject({
      verdict: 'failed',
      saw: expect.stringContaining('no A or'),
    });
  });

  test('must fail where this host itself does not answer', async () => {
    expect(await find({ records: ['127.0.0.1'] })).toMatchObject({ verdict: 'failed' });
  });
});

describe('what cannot be told from here', () => {
  test('must be said of an address that may be the router’s', async () => {
    expect(await find({ records: ['127.0.0.1'], own: ['10.0.0.2'] })).toMatchObject({
      verdict: 'unverified',
    });
  });

  test('must be said when no name server answers', async () => {
    expect(await find({ failure: 'ETIMEOUT' })).toMatchObject({
      verdict: 'unverified',
      saw: expect.stringContaining('ETIMEOUT'),
    });
  });
});

test('a server on loopback must not be looked for outside', async () => {
  expect(await find({ address: '127.0.0.1' })).toBeUndefined();
});
