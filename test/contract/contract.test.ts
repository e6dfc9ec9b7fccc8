import { expect, test, vi } from 'vitest';
import { partsOf } from '../../src/backup/contents.ts';
import { type ComponentRegistry, components } from '../../src/components/components.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { layout } from '../../src/layout.ts';
import { describeStack } from '../../src/stack/stack.ts';
import { newHost } from '../fakes/host.ts';
import { makeUpgradable } from '../fakes/upgradable.ts';
import { pages } from './pages/pages.ts';
import { relay } from './relay/relay.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** The components of the program, and two that it does not know. Nothing outside their folders is written for them. */
const registry: ComponentRegistry = { ...components, pages, relay };

const sections = `
pages:
  host: pages.localhost
  owner: { from_secret: pages_owner }
  reader: { from_secret: pages_reader }
relay:
  secret: { from_secret: relay_secret }
`;
const secrets = {
  pages_owner: 'owner-0123456789',
  pages_reader: 'reader-0123456789',
  relay_secret: 'shared-0123456789',
};

/** A host with a matrix.yaml that has both toys, and their images in the registry. */
async function hostWithToys() {
  const host = await newHost();
  const { world, read, write } = host;
  for (const [image, digest] of Object.entries({ pages: '0e', relay: '0f' })) {
    world.registry.set(`toys/${image}:1`, `sha256:${digest}`);
  }
  const answered = { exitCode: 0, stdout: '', stderr: '' };
  Object.assign(world.programs, { fetch: () => answered, 'ask-relay': () => answered });
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
  expect([...world.containers.values()].map(({ service }) => service).sort()).toEqual([
    'pages',
    'postgres',
    'relay',
    'synapse',
    'traefik',
  ]);
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
  expect(report.services).toHaveLength(5);
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

test('another image of it must be an upgrade, with a way back', async () => {
  const { world, succeed, read, write } = await serverWithToys();
  makeUpgradable(world).set('relay', { identity: '7/5', schema: 1, events: 0 });
  world.registry.set('toys/pages:2', 'sha256:1e');
  await write(
    'matrix.yaml',
    (await read('matrix.yaml')).replace('pages:\n', 'pages:\n  image: "toys/pages:2"\n'),
  );
  const image = () => [...world.containers.values()].find(({ service }) => service === 'pages')?.image;
  await succeed('apply --no-backup');
  expect(image()).toBe('toys/pages:2@sha256:1e');
  await succeed('rollback --yes');
  expect(image()).toBe('toys/pages:1@sha256:0e');
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

test('a backup must have its database and its data, and the host must be asked for its name', async () => {
  const { read } = await hostWithToys();
  const stack = describeStack(parseConfig(await read('matrix.yaml'), registry), {});
  expect(partsOf(stack).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['database-relay', 'data-relay']),
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
