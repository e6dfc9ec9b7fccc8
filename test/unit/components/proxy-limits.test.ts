import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryBytes } from '../../../src/components/options.ts';
import { countedEntry } from '../../../src/components/traefik/counted-entry.ts';
import { proxyLimits } from '../../../src/components/traefik/limits.ts';

const mebibyte = 2 ** 20;

test.each([
  ['64m', { connections: 256, perAddress: 32, relayed: 128, requests: 128, softMemoryBytes: 48 * mebibyte }],
  [
    '256m',
    { connections: 1_024, perAddress: 128, relayed: 512, requests: 512, softMemoryBytes: 192 * mebibyte },
  ],
  [
    '1g',
    { connections: 4_096, perAddress: 512, relayed: 2_048, requests: 2_048, softMemoryBytes: 768 * mebibyte },
  ],
])('a proxy with %s must take so much at once', (memory, limits) => {
  expect(proxyLimits(memory)).toEqual(limits);
});

test('no address may take all, and what is taken must fit into the memory, however much that is', () => {
  const sizes = fc
    .tuple(fc.integer({ min: 64, max: 999_999 }), fc.constantFrom('m', 'g'))
    .map(([count, unit]) => `${count}${unit}`);
  fc.assert(
    fc.property(sizes, (memory) => {
      const { connections, perAddress, relayed, softMemoryBytes } = proxyLimits(memory);
      expect(perAddress).toBeGreaterThanOrEqual(32);
      expect(relayed).toBeGreaterThan(perAddress);
      expect(connections).toBeGreaterThan(relayed);
      expect(softMemoryBytes).toBeLessThan(memoryBytes(memory));
      // 96 KiB for a connection that waits in its header: measured with Traefik 3.7.15, and rounded up.
      expect(connections * 96 * 1_024).toBeLessThan(softMemoryBytes);
    }),
  );
});

test('every public entry point must lead through both counts to where requests are read, and to nowhere else', () => {
  const { routers, services } = countedEntry(proxyLimits('256m'), ['http', 'https']) as {
    routers: Record<string, { entryPoints: string[]; service: string }>;
    services: Record<string, { loadBalancer: { servers: { address: string }[] } }>;
  };
  const addressOf = (name: string) => services[name]?.loadBalancer.servers[0]?.address;
  const from = (entryPoint: string) =>
    Object.values(routers)
      .filter(({ entryPoints }) => entryPoints.includes(entryPoint))
      .map(({ service }) => addressOf(service));
  expect(from('public-http')).toEqual(['127.0.0.1:8083', '127.0.0.1:8083']);
  expect(from('counted-http')).toEqual(['127.0.0.1:8084']);
  expect(from('public-https')).toEqual(['127.0.0.1:8444', '127.0.0.1:8444']);
  expect(from('counted-https')).toEqual(['127.0.0.1:8445']);
});
