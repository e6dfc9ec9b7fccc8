import { describe, expect, test } from 'vitest';
import { describeDelegation } from '../../../src/components/delegation.ts';
import { delegationDocuments } from '../../../src/stack/delegation-documents.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { behindProxyConfig, behindTraefikConfig } from '../../fakes/configurations.ts';

const edge = { address: '0.0.0.0', httpsPort: 443 };

test('a server name that points to another name must be answered for, too', () => {
  expect(describeDelegation({ server_name: 'example.org', host: 'matrix.example.org' }, edge)).toEqual({
    names: ['matrix.example.org', 'example.org'],
    leading: ['matrix.example.org', 'example.org'],
    clientUrl: 'https://matrix.example.org',
    federationAddress: 'example.org:443',
    ledBy: 'document',
    isElsewhere: false,
  });
});

test('a server name that is the host must need no second name', () => {
  expect(describeDelegation({ server_name: 'example.org', host: 'example.org' }, edge).names).toEqual([
    'example.org',
  ]);
});

test('clients must be told the port where it is not the usual one', () => {
  const { clientUrl } = describeDelegation(
    { server_name: 'example.org', host: 'example.org' },
    { ...edge, httpsPort: 8443 },
  );
  expect(clientUrl).toBe('https://example.org:8443');
});

describe('a site elsewhere on the server name', () => {
  const names = { server_name: 'example.org', host: 'matrix.example.org', delegation: 'elsewhere' } as const;

  test('must leave us the host alone, to which other homeservers come', () => {
    expect(describeDelegation(names, edge)).toEqual({
      names: ['matrix.example.org'],
      leading: ['matrix.example.org'],
      clientUrl: 'https://matrix.example.org',
      federationAddress: 'matrix.example.org:443',
      ledBy: 'document',
      isElsewhere: true,
    });
  });

  test('must serve two documents that name the host, with its port', () => {
    const { server, client } = delegationDocuments(describeDelegation(names, { httpsPort: 8443 }));
    expect(server).toEqual({
      path: '/.well-known/matrix/server',
      body: '{"m.server": "matrix.example.org:8443"}',
    });
    expect(client).toEqual({
      path: '/.well-known/matrix/client',
      body: '{"m.homeserver": {"base_url": "https://matrix.example.org:8443"}}',
    });
  });
});

test.each(['matrix.example.org', 'example.org'])(
  'port 8448 must need no document, with the host %s',
  (host) => {
    const names = { server_name: 'example.org', host, delegation: 'port-8448' } as const;
    expect(describeDelegation(names, edge)).toEqual({
      names: [...new Set([host, 'example.org'])],
      leading: [...new Set([host, 'example.org'])],
      clientUrl: `https://${host}`,
      federationAddress: 'example.org:8448',
      federationPort: 8448,
      ledBy: 'nothing',
      isElsewhere: false,
    });
  },
);

describe('SRV records', () => {
  const names = { server_name: 'example.org', host: 'matrix.example.org', delegation: 'srv' } as const;
  const both = ['matrix.example.org', 'example.org'];

  test.each([
    [false, both],
    [true, ['matrix.example.org']],
  ])(
    'must need a certificate for both names; certified wherever they lead: %s',
    (certifiesElsewhere, leading) => {
      expect(describeDelegation(names, { httpsPort: 8443, certifiesElsewhere })).toEqual({
        names: both,
        leading,
        clientUrl: 'https://matrix.example.org:8443',
        federationAddress: 'matrix.example.org:8443',
        ledBy: 'records',
        isElsewhere: certifiesElsewhere,
      });
    },
  );

  test.each([
    ['nginx or its like', behindProxyConfig],
    ['a Traefik', behindTraefikConfig],
  ])('must need both names to lead here behind %s, which may certify what leads to it only', (_, config) => {
    const { delegation } = describeStack({ ...config, delegation: 'srv' }, {});
    expect(delegation).toMatchObject({ leading: both, isElsewhere: false });
  });
});
