import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type SnippetKind, snippetFor, snippetKinds } from '../../../src/render/delegation-snippet.ts';

const names = {
  serverName: 'home.test',
  federationAddress: 'chat.home.test:8443',
  clientUrl: 'https://chat.home.test:8443',
};
const snippet = (kind: SnippetKind) => snippetFor(kind, names);

describe.each(snippetKinds)('what makes %s serve the documents', (kind) => {
  test('must have the names of the deployment, and none of the example', () => {
    expect(snippet(kind)).toContain('home.test');
    expect(snippet(kind)).not.toContain('example');
  });
});

test.each(['nginx', 'apache', 'caddy', 'static'] as const)('%s must get both documents whole', (kind) => {
  expect(snippet(kind)).toContain('{"m.server": "chat.home.test:8443"}');
  expect(snippet(kind)).toContain('{"m.homeserver": {"base_url": "https://chat.home.test:8443"}}');
});

test('Traefik must ask the host for what it is asked on the server name', () => {
  const { http } = parse(snippet('traefik'));
  const { rule, service } = http.routers['matrix-delegation'];
  expect(rule).toBe('Host(`home.test`) && PathPrefix(`/.well-known/matrix/`)');
  expect(http.services[service].loadBalancer).toEqual({
    passHostHeader: false,
    servers: [{ url: 'https://chat.home.test:8443' }],
  });
});
