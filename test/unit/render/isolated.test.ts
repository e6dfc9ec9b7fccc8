import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isolatedOptions } from '../../../src/components/components.ts';
import { isolatedStack, renderIsolated } from '../../../src/render/isolated.ts';
import { describeStack, projectName } from '../../../src/stack/stack.ts';
import { localConfigText, publicConfigText } from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const overrides = `synapse:
  overrides:
    oidc_providers: [{ idp_id: "sso", issuer: "https://sso.example.org" }]
    enable_metrics: true
  federation: { allow: ["example.org"] }
`;

function copyOf(text: string) {
  const config = parseConfig(text);
  const stack = isolatedStack(describeStack({ ...config, ...isolatedOptions(config) }, {}));
  const files = Object.fromEntries(renderIsolated(stack).map((file) => [file.path, parseIfYaml(file)]));
  return { stack, compose: files['docker-compose.yml'], homeserver: files['synapse/homeserver.yaml'] };
}

function parseIfYaml({ path, text }: { path: string; text: string }) {
  return path.endsWith('.yml') || path.endsWith('.yaml') ? parse(text, { merge: true }) : text;
}

test('a copy must have no way in and no way out', () => {
  const { compose } = copyOf(localConfigText);
  const services = Object.values(compose.services) as { ports?: unknown; networks: string[] }[];
  expect(services.length).toBeGreaterThan(1);
  for (const { ports, networks } of services) {
    expect(ports).toBeUndefined();
    for (const network of networks) {
      expect(compose.networks[network]).toMatchObject({
        internal: true,
        driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
      });
    }
  }
});

test('a copy must give way to the server, and not come back by itself', () => {
  const { compose } = copyOf(localConfigText);
  for (const service of Object.values(compose.services)) {
    expect(service).toMatchObject({ restart: 'no', cpu_shares: 64, oom_score_adj: 1000, read_only: true });
  }
});

test('a copy must ask nobody who lets people in, and federate with nobody', () => {
  const { homeserver } = copyOf(publicConfigText + overrides);
  expect(homeserver).toMatchObject({ federation_domain_whitelist: [], enable_metrics: true });
  expect(homeserver).not.toHaveProperty('oidc_providers');
});

test('the project of a copy must be that of no server, whatever that is called', () => {
  const { stack } = copyOf(localConfigText);
  expect(stack.project).toBe(`drill_${projectName('localhost')}`);
  expect(projectName(stack.project.replaceAll('_', '.'))).not.toBe(stack.project);
});
