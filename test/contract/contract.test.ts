import { readdir } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { partsOf } from '../../src/backup/contents.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { layout } from '../../src/layout.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { describeStack } from '../../src/stack/stack.ts';
import { newHost } from '../fakes/host.ts';
import { fakeRestic } from '../fakes/restic.ts';
import { makeUpgradable } from '../fakes/upgradable.ts';
import { components as registry } from './registry.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const sections = `
pages:
  host: pages.localhost
  owner: { from_secret: pages_owner }
  reader: { from_secret: pages_reader }
relay:
  secret: { from_secret: relay_secret }
bridge:
  owner: alice
`;
const secrets = {
  pages_owner: 'owner-0123456789',
  pages_reader: 'reader-0123456789',
  relay_secret: 'shared-0123456789',
};

const services = ['bridge', 'pages', 'postgres', 'relay', 'synapse', 'traefik'];

/** A host with a matrix.yaml that has all toys, and their images in the registry. */
async function hostWithToys() {
  const host = await newHost();
  const { world, read, write } = host;
  for (const [image, digest] of Object.entries({ pages: '0e', relay: '0f', bridge: '10' })) {
    world.registry.set(`toys/${image}:1`, `sha256:${digest}`);
  }
  const answered = { exitCode: 0, stdout: '', stderr: '' };
  Object.assign(world.programs, {
    fetch: () => answered,
    'ask-relay': () => answered,
    'ping-homeserver': () => answered,
  });
  await write('matrix.yaml', `${await read('matrix.yaml')}${sections}`);
  const run = (argv: string, input?: string) =>
    host.run(argv, {
      ports: { components: async () => registry },
      ...(input === undefined ? {} : { input }),
    });
  const succeed = async (argv: string, input?: string) => {
    const result = await run(argv, input);
    expect(result.exitCode, `${argv}: ${result.stderr}`).toBe(0);
    return result.stdout;
  };
  return { ...host, run, succeed };
}

/** The same with a server that runs. */
async function serverWithToys() {
  const host = await hostWithToys();
  for (const [name, value] of Object.entries(secrets))
    await host.succeed(`secrets set ${name} --file -`, value);
  await host.succeed('init --local --yes');
  return host;
}

test('components that the program does not know must be set up, be seen, and be removed', async () => {
  const { world, succeed, run, read } = await serverWithToys();
  expect([...world.containers.values()].map(({ service }) => service).sort()).toEqual(services);
  expect(world.databases).toEqual(new Set(['synapse', 'relay']));
  const compose = await read('docker-compose.yml');
  expect(compose).toContain('49160-49179:49160-49179/udp');
  const bundles = [...compose.matchAll(/\.\/(secrets\/\S+?)"/g)].map(([, path = '']) => path);
  const [config = ''] = bundles.filter((path) => path.includes('pages-config'));
  const [shared = ''] = bundles.filter((path) => path.includes('relay-secret'));
  expect(await read(`${config}/config.yaml`)).toContain(`owner: "${secrets.pages_owner}"`);
  expect(await read(`${config}/config.yaml`)).toContain(`reader: "${secrets.pages_reader}"`);
  expect(await read(`${shared}/secret`)).toBe(secrets.relay_secret);
  expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0 });
  await succeed('verify');
  const report = JSON.parse((await run('status --json --quiet')).stdout);
  expect(report.services).toHaveLength(6);
  expect(report.services.filter((one: { healthy: boolean }) => !one.healthy)).toEqual([]);
  await succeed('destroy --yes');
  expect(world.containers.size).toBe(0);
});

test('a setting of such a component must recreate it alone', async () => {
  const { world, succeed, read, write } = await serverWithToys();
  world.log.length = 0;
  await write('matrix.yaml', (await read('matrix.yaml')).replace('relay:\n', 'relay:\n  ports: 5\n'));
  await succeed('apply');
  expect(world.log.filter((line) => line.startsWith('create'))).toEqual(['create relay']);
});

test('a secret that it shares with the homeserver must recreate both', async () => {
  const { world, succeed } = await serverWithToys();
  await succeed('secrets set relay_secret --file -', 'another-0123456789');
  world.log.length = 0;
  await succeed('apply');
  expect(world.log.filter((line) => line.startsWith('create')).sort()).toEqual([
    'create relay',
    'create synapse',
  ]);
});

/** The registration that the homeserver and the bridge mount, and the services that mount it. */
async function registrationOf({ read }: Pick<Awaited<ReturnType<typeof serverWithToys>>, 'read'>) {
  const { services } = parse(await read('docker-compose.yml'));
  const path = 'secrets/bridge_registration.json';
  const readers = Object.entries<{ volumes: { source: string }[] }>(services)
    .filter(([, { volumes }]) => volumes.some(({ source }) => source === `./${path}`))
    .map(([name]) => name);
  return { readers: readers.sort(), content: JSON.parse(await read(path)) };
}

const created = (log: readonly string[]) => log.filter((line) => line.startsWith('create')).sort();

test('an application service must have one registration, which it and the homeserver read', async () => {
  const host = await serverWithToys();
  const { readers, content } = await registrationOf(host);
  expect(readers).toEqual(['bridge', 'synapse']);
  expect(content).toMatchObject({
    id: 'bridge',
    url: 'http://bridge:29300',
    sender_localpart: 'bridgebot',
    rate_limited: false,
    receive_ephemeral: true,
    namespaces: {
      users: [{ regex: '@toy_.*:localhost', exclusive: true }],
      aliases: [{ regex: '#toy_.*:localhost', exclusive: true }],
    },
    'toys.bridge': { kind: 'toy' },
  });
  expect(content.as_token).toMatch(/^[\w-]{43}$/);
  expect(content.hs_token).toMatch(/^[\w-]{43}$/);
  expect(content.hs_token).not.toBe(content.as_token);
  const { app_service_config_files: named } = parse(await host.read('synapse/homeserver.yaml'));
  expect(named).toEqual(['/run/secrets/bridge_registration.json']);
});

test('a setting in its registration must recreate both of its readers, with the tokens from before', async () => {
  const host = await serverWithToys();
  const { content: before } = await registrationOf(host);
  host.world.log.length = 0;
  await host.write('matrix.yaml', `${await host.read('matrix.yaml')}  prefix: other_\n`);
  await host.succeed('apply');
  expect(created(host.world.log)).toEqual(['create bridge', 'create synapse']);
  expect((await secretsOfBridge(host)).modules).toMatchObject([{ config: { prefix: 'other_' } }]);
  const { content: after } = await registrationOf(host);
  expect(after.namespaces.users).toEqual([{ regex: '@other_.*:localhost', exclusive: true }]);
  expect([after.as_token, after.hs_token]).toEqual([before.as_token, before.hs_token]);
});

test('new tokens must recreate both of its readers', async () => {
  const host = await serverWithToys();
  const { content: before } = await registrationOf(host);
  host.world.log.length = 0;
  await host.succeed('secrets rotate bridge_tokens --yes');
  expect(created(host.world.log)).toEqual(['create bridge', 'create synapse']);
  const { content: after } = await registrationOf(host);
  expect(after).toMatchObject({ id: 'bridge' });
  expect(after.as_token).not.toBe(before.as_token);
  expect(after.hs_token).not.toBe(before.hs_token);
});

/** What the two generated files with a secret of the bridge contain: that of the homeserver, and its own. */
async function secretsOfBridge({ read }: Pick<Awaited<ReturnType<typeof serverWithToys>>, 'read'>) {
  const secret = await read('secrets/bridge_module_secret');
  const [settings, own] = [await read('secrets/synapse_settings.json'), await read('secrets/bridge.conf')];
  return { secret, own, modules: JSON.parse(settings).modules };
}

test('a generated secret must stand in the settings of the homeserver and in its own file, and nowhere else', async () => {
  const host = await serverWithToys();
  const { secret, own, modules } = await secretsOfBridge(host);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(modules).toEqual([{ module: 'collections.ChainMap', config: { prefix: 'toy_', secret } }]);
  const tokens = await host.read('secrets/bridge_tokens');
  expect(own).toBe(`tokens = ${tokens}\nsecret = ${secret}\nprefix = toy_\n`);
  const rendered = [await host.read('synapse/homeserver.yaml'), await host.read('docker-compose.yml')];
  expect(rendered.filter((text) => text.includes(secret))).toEqual([]);
  expect(parse(String(rendered[0])).modules).toBeUndefined();
  const { command } = parse(String(rendered[1])).services.synapse;
  expect(command).toEqual(expect.arrayContaining(['-c', '/run/secrets/synapse_settings.json']));
  expect(await host.run('plan --exit-code')).toMatchObject({ exitCode: 0 });
});

test('another value of it must be in both files, and recreate both readers', async () => {
  const host = await serverWithToys();
  const before = await secretsOfBridge(host);
  host.world.log.length = 0;
  await host.succeed('secrets rotate bridge_module_secret --yes');
  expect(created(host.world.log)).toEqual(['create bridge', 'create synapse']);
  const { secret, own, modules } = await secretsOfBridge(host);
  expect(secret).not.toBe(before.secret);
  expect(modules).toMatchObject([{ config: { secret } }]);
  expect(own).toContain(`secret = ${secret}\n`);
  expect(await host.run('secrets rotate bridge.conf --yes')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('bridge_tokens, bridge_module_secret'),
  });
});

test('what the homeserver says of its settings must not show a generated secret in them', async () => {
  const host = await serverWithToys();
  const { secret } = await secretsOfBridge(host);
  Object.assign(host.world, { refusal: () => `Error: bad module secret: ${secret}` });
  await host.write('matrix.yaml', `${await host.read('matrix.yaml')}  prefix: other_\n`);
  const { exitCode, stdout, stderr } = await host.run('apply');
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('bad module secret');
  expect(stdout + stderr).not.toContain(secret);
});

test('when it has stopped, status must say what does not work, and apply must start it again', async () => {
  const { world, run, succeed } = await serverWithToys();
  const [id = ''] = [...world.containers].flatMap(([key, { service }]) => (service === 'bridge' ? key : []));
  await world.engine.stop(id);
  const { exitCode, stdout } = await run('status');
  expect(exitCode).toBe(8);
  expect(stdout).toContain('nothing passes the bridge');
  await succeed('apply');
  await succeed('status');
});

test('without its section it must be removed, and come back with the tokens and the data that it had', async () => {
  const host = await serverWithToys();
  const { world, succeed, read, write } = host;
  const [text, before] = [await read('matrix.yaml'), await registrationOf(host)];
  await write('data/bridge/kept', 'data');
  await write('matrix.yaml', text.replace(/^bridge:\n.*\n/m, ''));
  await succeed('apply');
  expect([...world.containers.values()].map(({ service }) => service)).not.toContain('bridge');
  expect(parse(await read('synapse/homeserver.yaml')).app_service_config_files).toBeUndefined();
  await write('matrix.yaml', text);
  await succeed('apply');
  expect(await registrationOf(host)).toEqual(before);
  expect(await read('data/bridge/kept')).toBe('data');
});

test.each(['apply --no-backup', 'upgrade --no-backup --yes'])(
  'other images of them must be an upgrade with %s, with a way back',
  async (argv) => {
    const { world, succeed, read, write } = await serverWithToys();
    makeUpgradable(world).set('relay', { identity: '7/5', schema: 1, events: 0 });
    const upgraded = ['bridge', 'pages', 'relay'];
    for (const name of upgraded) {
      world.registry.set(`toys/${name}:2`, `sha256:2${name}`);
      const section = new RegExp(`^${name}:\\n`, 'm');
      await write(
        'matrix.yaml',
        (await read('matrix.yaml')).replace(section, `$&  image: "toys/${name}:2"\n`),
      );
    }
    const images = () =>
      [...world.containers.values()]
        .filter(({ service }) => upgraded.includes(service))
        .map(({ image }) => image.replace(/@.*/, ''))
        .sort();
    await succeed(argv);
    expect(images()).toEqual(['toys/bridge:2', 'toys/pages:2', 'toys/relay:2']);
    await succeed('rollback --yes');
    expect(images()).toEqual(['toys/bridge:1', 'toys/pages:1', 'toys/relay:1']);
  },
);

test('nothing of them must be left when the server is destroyed with its data', async () => {
  const { world, directory, succeed } = await serverWithToys();
  await succeed('destroy --delete-data --confirm localhost');
  expect(world.containers.size).toBe(0);
  await expect(readdir(directory)).rejects.toThrow('ENOENT');
});

test('where it does not become healthy, what served before must come back', async () => {
  const { world, run, read, write } = await serverWithToys();
  const failed = { exitCode: 1, stdout: '', stderr: 'no pages' };
  const text = await read('matrix.yaml');
  await write('matrix.yaml', text.replace('pages.localhost', 'site.localhost'));
  Object.assign(world.programs, { fetch: () => failed });
  expect(await run('apply')).toMatchObject({ exitCode: 5 });
  expect(await read(layout.applied)).toBe(text);
});

test('a backup must have their databases, data and secrets, and a restore must bring them back', async () => {
  const host = await serverWithToys();
  const { world, succeed, read, write } = host;
  world.registry.set(testedImage('restic'), 'sha256:0d');
  const snapshots = fakeRestic(world);
  await write('data/bridge/kept', 'data of the bridge');
  await succeed('backup');
  const saved = new Map(snapshots.flatMap(({ files }) => [...files]));
  expect(String(saved.get('/data-bridge/kept'))).toBe('data of the bridge');
  expect(saved.has('/relay.dump')).toBe(true);
  const archive = String(saved.get('/deployment.tar'));
  for (const name of ['bridge_tokens', 'bridge_registration.json', 'bridge.conf', 'operator/pages_owner']) {
    expect(archive).toContain(await read(`secrets/${name}`));
  }
  expect(await succeed('backup list')).toContain('verified');

  const kept = ['data/bridge/kept', 'secrets/bridge.conf', 'secrets/bridge_registration.json'];
  const before = await Promise.all(kept.map(read));
  const key = await read('secrets/backup.key');
  await succeed('destroy --yes');
  await succeed(`restore --from ${host.directory}/backups --key-file - --dir restored`, key);
  expect(await Promise.all(kept.map((path) => read(`restored/${path}`)))).toEqual(before);
  expect([...world.containers.values()].map(({ service }) => service).sort()).toEqual(services);
});

test('a backup must have its database and its data, and the host must be asked for its name', async () => {
  const { read } = await hostWithToys();
  const stack = describeStack(parseConfig(await read('matrix.yaml'), registry), {});
  expect(partsOf(stack).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['database-relay', 'data-relay', 'data-bridge']),
  );
  expect(stack.delegation.names).toContain('pages.localhost');
  expect(stack.expectations.map(({ name }) => name)).toContain('the pages');
});

test('without its section there must be nothing of it, and the program alone must refuse the section', async () => {
  const { read, run, write } = await newHost();
  await write('matrix.yaml', `${await read('matrix.yaml')}${sections}`);
  expect(await run('plan')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('pages is not a setting'),
  });
});
