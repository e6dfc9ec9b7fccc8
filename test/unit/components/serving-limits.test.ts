import { expect, test } from 'vitest';
import { servingLimits } from '../../../src/components/element/limits.ts';
import { options } from '../../../src/components/traefik/options.ts';
import { dynamicSettings } from '../../../src/components/traefik/settings.ts';

test.each([
  ['16m', { connections: 128, requestsPerClient: 32, compressedMegabytes: 4 }],
  ['64m', { connections: 512, requestsPerClient: 128, compressedMegabytes: 16 }],
  ['2g', { connections: 4_096, requestsPerClient: 1_024, compressedMegabytes: 32 }],
])('a web client with %s must serve so much at once', (memory, limits) => {
  expect(servingLimits(memory)).toEqual(limits);
});

test('a route with a limit of its own must have it for each client, and other routes must not', () => {
  const route = {
    hosts: ['chat.example.org'],
    pathPrefixes: ['/'],
    service: 'x',
    port: 1,
    largestBodyBytes: 1,
  };
  const routes = [
    { ...route, name: 'limited', requestsPerClient: 128 },
    { ...route, name: 'free' },
  ];
  const certificates = { issuer: 'local' };
  expect(dynamicSettings(routes, options.parse({ certificates })).http).toMatchObject({
    routers: {
      limited: { middlewares: ['requests-to-limited', 'until-reached'] },
      free: { middlewares: ['until-reached'] },
    },
    middlewares: {
      'requests-to-limited': {
        inFlightReq: { amount: 128, sourceCriterion: { ipStrategy: { ipv6Subnet: 64 } } },
      },
    },
  });
});
