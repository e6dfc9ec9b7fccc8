import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Service } from '../../../src/components/service.ts';
import { wantedFacts } from '../../../src/render/running.ts';
import { digestLabel } from '../../../src/stack/labels.ts';
import type { ContainerFacts, FoundNetwork } from '../../../src/stack/running.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { isConverged, recordConverged } from '../../../src/state/converged.ts';
import { entriesAt } from '../../../src/state/observe-access.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const container: ContainerFacts = {
  id: 'a',
  service: 'traefik',
  state: 'running',
  status: 'Up',
  image: 'x:1',
  imageId: 'sha256:1',
  directory: '',
  labels: { [digestLabel]: 'd1' },
  addresses: {},
};

const [service] = describeStack(localConfig, {}).services;
const running = wantedFacts(service as Service, {
  project: 'p',
  edge: { httpsPort: 443 },
  directory: '/opt/matrix',
});

/** A directory that has converged, with an engine whose answers a test may change. */
async function convergedHost() {
  const directory = await temporaryDirectory();
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  };
  const paths = [
    'matrix.yaml',
    'a.yml',
    'secrets/token',
    'extra/a.html',
    'data/acme/media/a',
    'state/identity.json',
    'cache/a/index',
    'state/lock.0123456789abcdef.new',
  ];
  for (const path of paths) {
    await write(path, path);
  }
  const network: FoundNetwork = {
    project: 'p',
    driver: 'bridge',
    isInternal: true,
    hasIpv6: false,
    hasHost: false,
    hasUsualGateway: true,
    containers: [],
  };
  const startedAt = '2026-01-01T00:00:00Z';
  const host = { containers: [container], state: 'running', startedAt, running, network, mode: 0o600 };
  const engine = {
    containers: async () => host.containers,
    running: async () => ({ state: host.state, startedAt: host.startedAt, facts: host.running }),
    network: async () => host.network,
    fileMode: async () => host.mode,
  };
  const facts = {
    project: 'p',
    files: ['a.yml'],
    data: ['data/acme'],
    places: ['data/acme/media/a'],
    caches: ['cache/a/index'],
    stamped: ['extra', 'secrets/operator', 'secrets/token', 'state/identity.json'],
    guarded: ['secrets', 'a.yml'],
    networks: ['p_data'],
    containers: ['a'],
    restrictedFiles: [{ container: 'a', target: '/acme/acme.json' }],
    valid: { from: 1000, until: 3000 },
  };
  const texts = { version: '1', config: 'matrix.yaml', files: ['a.yml'] };
  await recordConverged(directory, facts, texts, {
    containers: [{ ...container, startedAt, digest: 'd1' }],
    running: { a: running },
    networks: { p_data: network },
    strictModes: [0o600],
    access: { found: await entriesAt(directory, facts.guarded) },
  });
  const remove = (path: string) => rm(join(directory, path), { recursive: true });
  const setMode = (path: string, mode: number) => chmod(join(directory, path), mode);
  return {
    host,
    write,
    remove,
    setMode,
    isConverged: (version = '1', now = 2000) =>
      isConverged(directory, version, { engine, now: new Date(now) }),
  };
}

type Host = Awaited<ReturnType<typeof convergedHost>>;

test('a deployment that is as it was must have converged', async () => {
  expect(await (await convergedHost()).isConverged()).toBe(true);
});

test.each([999, 3000])(
  'a deployment must not count as converged when a certificate is due: %i',
  async (now) => {
    expect(await (await convergedHost()).isConverged('1', now)).toBe(false);
  },
);

describe('a deployment must not count as converged', () => {
  const withContainer = (facts: Partial<ContainerFacts>) => (host: Host) => {
    host.host.containers = [{ ...container, ...facts }];
  };
  test.each<[string, (host: Host) => unknown]>([
    ['matrix.yaml was edited', ({ write }) => write('matrix.yaml', 'other')],
    ['a rendered file was edited', ({ write }) => write('a.yml', 'other')],
    ['a rendered file is gone', ({ remove }) => remove('a.yml')],
    ['others may read a rendered file less', ({ setMode }) => setMode('a.yml', 0o600)],
    ['others may enter the secrets', ({ setMode }) => setMode('secrets', 0o705)],
    ['others may read a secret', ({ setMode }) => setMode('secrets/token', 0o604)],
    ['a secret is gone', ({ remove }) => remove('secrets/token')],
    ['a data directory is gone', ({ remove }) => remove('data/acme')],
    [
      'another data directory is in its place',
      async ({ remove, write }) => {
        await remove('data/acme');
        await write('data/acme/media/a', 'other');
      },
    ],
    [
      'another directory is in the place of the one that is recognised',
      async ({ remove, write }) => {
        await remove('data/acme/media');
        await write('data/acme/media/a', 'other');
      },
    ],
    ['what it is recognised by is gone', ({ remove }) => remove('data/acme/media/a')],
    ['a secret is another one', ({ write }) => write('secrets/token', 'other')],
    ['the record of its identity is gone', ({ remove }) => remove('state/identity.json')],
    ['a file of the operator was edited', ({ write }) => write('extra/a.html', 'other')],
    ['a file of the operator is new', ({ write }) => write('extra/b/c.html', '')],
    ['a file of the operator is gone', ({ remove }) => remove('extra/a.html')],
    ['a secret of the operator is new', ({ write }) => write('secrets/operator/mail', 'x')],
    [
      'a service has crashed, and the engine has started it again',
      ({ host }) => {
        host.startedAt = '2026-01-01T00:00:01Z';
      },
    ],
    // The list of the engine is behind where the disk was full.
    ['a container stopped', ({ host }) => Object.assign(host, { state: 'exited' })],
    ['a container is another one', withContainer({ id: 'b' })],
    ['a container runs another version', withContainer({ labels: { [digestLabel]: 'd2' } })],
    ['a container is gone', ({ host }) => void host.containers.pop()],
    ['a container runs another image', withContainer({ imageId: 'sha256:2' })],
    [
      'a container was changed',
      ({ host }) => Object.assign(host, { running: { ...running, capability: ['NET_ADMIN'] } }),
    ],
    [
      'a network was changed',
      ({ host }) => Object.assign(host, { network: { ...host.network, isInternal: false } }),
    ],
    ['an override file is there', ({ write }) => write('docker-compose.override.yml', '')],
    ['a strict file has another mode', ({ host }) => Object.assign(host, { mode: 0o644 })],
    ['a run holds the lock, or died with it', ({ write }) => write('state/lock', '')],
    ['its record is gone', ({ remove }) => remove('state/converged.json')],
    ['its record is broken', ({ write }) => write('state/converged.json', '{')],
  ])('when %s', async (_title, change) => {
    const host = await convergedHost();
    await change(host);
    expect(await host.isConverged()).toBe(false);
  });

  test('for another version of this program', async () => {
    expect(await (await convergedHost()).isConverged('2')).toBe(false);
  });
});
