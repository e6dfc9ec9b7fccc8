import { expect, test } from 'vitest';
import { describeStack } from '../../../src/stack/stack.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

/** Names of routers, services and middlewares that a server has in the Traefik that all servers of the host share. */
function namesOf(serverName: string): string[] {
  const config = parseConfig(`
version: 1
server_name: ${serverName}
host: ${serverName}
traefik: { edge: { kind: traefik, network: proxy } }
`);
  const { services } = describeStack(config, {});
  const labels = Object.keys(services.find(({ name }) => name === 'routes')?.labels ?? {});
  return [...new Set(labels.flatMap((label) => /^traefik\.http\.\w+\.([^.]+)/.exec(label)?.[1] ?? []))];
}

test.each([
  ['a-b.org', 'a.b.org'],
  ['a--b.org', 'a-b.org'],
  ['a-b.c.org', 'a.b-c.org'],
])('%s and %s must have no name in common', (one, other) => {
  const names = namesOf(other);
  expect(names.length).toBeGreaterThan(2);
  expect(namesOf(one).filter((name) => names.includes(name))).toEqual([]);
});
