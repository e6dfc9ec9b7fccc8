import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedSecret } from '../../../src/components/secret-reference.ts';
import { routerRule } from '../../../src/components/traefik/settings.ts';
import { renderStack } from '../../../src/render/render.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import {
  elsewhereConfig,
  everyConfig,
  localConfig,
  proxyConfigs,
  publicConfig,
  publicConfigText,
} from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const render = (config = publicConfig, lock = {}) => renderStack(describeStack(config, lock));
const publicWith = (settings: string) => parseConfig(publicConfigText + settings);
const text = (path: string, config = publicConfig) =>
  render(config).files.find((file) => file.path === path)?.text ?? '';
const settings = (path: string, config = publicConfig) => parse(text(path, config), { merge: true });

test('rendering must be deterministic', () => {
  expect(render()).toEqual(render());
});

test.each([
  ['of the operator', { from_secret: 'smtp' }],
  ['that is generated', generatedSecret('smtp')],
])('a file must not show a secret %s', (_whose, secret) => {
  const stack = describeStack(publicConfig, {});
  const values = () => ({ email: [{ pass: secret }] });
  const file = { path: 'mail.yaml', template: 'synapse/secrets.yaml', values };
  expect(() => renderStack({ ...stack, files: [file] })).toThrow(/mail\.yaml .* smtp/);
});

test('files must be sorted by path', () => {
  const paths = render().files.map(({ path }) => path);
  expect(paths).toEqual([...paths].sort());
});

describe('the digest of a service', () => {
  const changed = (change: ReturnType<typeof render>) =>
    Object.entries(render().digests).flatMap(([name, digest]) =>
      change.digests[name] === digest ? [] : [name],
    );
  test.each<[string, ReturnType<typeof render>, string[]]>([
    ['a setting of its own file', render(publicWith('synapse: { presence: true }')), ['synapse']],
    ['a limit', render(publicWith('postgres: { memory: 2g }')), ['postgres']],
    ['the digest of its image', render(publicConfig, { 'traefik:v3.7.15': 'sha256:00' }), ['traefik']],
    ['nothing', render(), []],
  ])('must change with %s, and no other', (_title, change, names) => {
    expect(changed(change)).toEqual(names);
  });

  test('must stand on its container as a label', () => {
    const { services } = settings('docker-compose.yml');
    expect(services.synapse.labels).toEqual({ 'matrix-deploy.digest': render().digests.synapse });
  });
});

test('an image that is locked must be named by tag and digest', () => {
  const { files } = render(publicConfig, { 'postgres:17': 'sha256:12' });
  expect(parse(files[0]?.text ?? '').services.postgres.image).toBe('postgres:17@sha256:12');
});

test('a dollar in a value must be doubled, which Compose takes for one', () => {
  const stack = describeStack(publicConfig, {});
  const services = stack.services.map((service) => ({ ...service, command: ['$HOME', 'a$$b'] }));
  const [compose] = renderStack({ ...stack, services }).files;
  expect(parse(compose?.text ?? '').services.synapse.command).toEqual(['$$HOME', 'a$$$$b']);
});

describe.each(proxyConfigs)('the proxy of a %s stack', (_title, config) => {
  test('must not have two opening braces in any dynamic file, comments included', () => {
    const dynamic = render(config).files.filter(({ path }) => path.startsWith('traefik/dynamic/'));
    expect(dynamic.length).toBeGreaterThan(0);
    expect(dynamic.filter((file) => file.text.includes('{{'))).toEqual([]);
  });

  test('must refuse a route with two opening braces, which it would evaluate', () => {
    const stack = describeStack(config, {});
    const routes = stack.routes.map((route) => ({ ...route, pathPrefixes: ['/{{ env "HOME" }}'] }));
    expect(() => renderStack({ ...stack, routes })).toThrow(/\{\{/);
  });

  test('must answer pings on an entry point of its own, on loopback and not on :8080', () => {
    const { ping, entryPoints } = settings('traefik/traefik.yml', config);
    expect(ping).toEqual({ entryPoint: 'ping' });
    expect(entryPoints.ping.address).toMatch(/^127\.0\.0\.1:(?!8080$)/);
  });

  test('must not see Docker', () => {
    expect(Object.keys(settings('traefik/traefik.yml', config).providers)).toEqual(['file']);
  });

  test('must not let the admin API through', () => {
    expect(text('traefik/dynamic/routes.yml', config)).not.toMatch(/PathPrefix\(`\/(_synapse(\/admin)?)?`\)/);
  });
});

describe('the server well-known, which always names port 443', () => {
  test.each([
    ['must be served when https is published on 443', publicConfig, true],
    ['must not when it is published elsewhere', publicWith('  publish: { https: 8443 }'), false],
    ['must not by a local server', localConfig, false],
  ])('%s', (_title, config, served) => {
    expect(settings('synapse/homeserver.yaml', config).serve_server_wellknown).toBe(served);
  });
});

test('the redirect to https must name the published port, not the one in the container', () => {
  const { entryPoints } = settings('traefik/traefik.yml', publicWith('  publish: { https: 4443 }'));
  expect(entryPoints.web.http.redirections.entryPoint.to).toBe(':4443');
});

describe('the CA certificates of a private CA', () => {
  const synapseOf = (config: typeof publicConfig) =>
    describeStack(config, {}).services.find(({ name }) => name === 'synapse');

  test('must be trusted by the homeserver beside the public ones', () => {
    const target = '/run/secrets/roots.pem';
    const config = parseConfig(publicConfigText.replace('issuer: acme', 'issuer: acme, roots: own.pem'));
    expect(synapseOf(config)?.mounts).toContainEqual({ source: 'own.pem', target });
    expect(synapseOf(config)?.environment).toMatchObject({
      SSL_CERT_FILE: target,
      SSL_CERT_DIR: '/etc/ssl/certs',
    });
  });

  test.each(everyConfig)(
    'must change nothing for the homeserver of a %s stack, which has none',
    (_title, config) => {
      expect(Object.keys(synapseOf(config)?.environment ?? {}).join()).not.toContain('SSL_CERT');
    },
  );
});

test('acme.json must be kept at mode 0600, with which alone Traefik reads it', () => {
  const [acme] = describeStack(publicConfig, {}).data.filter(({ path }) => path === 'data/acme');
  expect(acme).toMatchObject({
    mode: 0o700,
    owner: { uid: 65532 },
    restrictedFiles: [{ path: 'acme.json', mode: 0o600, service: 'traefik', target: '/acme/acme.json' }],
  });
  expect(settings('traefik/traefik.yml').certificatesResolvers.acme.acme.storage).toBe('/acme/acme.json');
});

test.each([
  [['a'], ['/x'], 'Host(`a`) && PathPrefix(`/x`)'],
  [['a', 'b'], ['/x', '/y'], '(Host(`a`) || Host(`b`)) && (PathPrefix(`/x`) || PathPrefix(`/y`))'],
])('a route for %j and %j must have its rule', (hosts, pathPrefixes, rule) => {
  expect(routerRule({ hosts, pathPrefixes })).toBe(rule);
});

test('where a site elsewhere answers on the server name, the proxy must not, and Synapse must name the host', () => {
  const { services } = settings('docker-compose.yml', elsewhereConfig);
  expect(services.synapse.environment.FEDERATION_ADDRESS).toBe('matrix.example.org:443');
  expect(text('traefik/dynamic/routes.yml', elsewhereConfig)).not.toMatch(/Host\(`example\.org`\)/);
  expect(settings('synapse/homeserver.yaml', elsewhereConfig).serve_server_wellknown).toBe(true);
});

test('where others come to port 8448, it must be published beside 443, and no document must lead them on', () => {
  const config = publicWith('delegation: port-8448');
  const { services } = settings('docker-compose.yml', config);
  expect(JSON.stringify(services.traefik.ports)).toMatch(/443.*8448|8448.*443/);
  expect(text('traefik/dynamic/routes.yml', config)).toMatch(/Host\(`example\.org`\)/);
  expect(settings('synapse/homeserver.yaml', config).serve_server_wellknown).toBe(false);
});
