import { expect, test } from 'vitest';
import { describeDelegation } from '../../../src/stack/delegation.ts';

const edge = { address: '0.0.0.0', httpsPort: 443 };

test('a server name that points to another name must be answered for, too', () => {
  expect(describeDelegation({ server_name: 'example.org', host: 'matrix.example.org' }, edge)).toEqual({
    names: ['matrix.example.org', 'example.org'],
    clientUrl: 'https://matrix.example.org',
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
