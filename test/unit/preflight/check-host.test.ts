import { describe, expect, test } from 'vitest';
import { PreflightError } from '../../../src/errors.ts';
import type { Offer } from '../../../src/host/install/offer.ts';
import type { Machine } from '../../../src/host/machine.ts';
import type { Network } from '../../../src/host/network.ts';
import { checkHost } from '../../../src/preflight/check-host.ts';
import { type CheckName, type Finding, UnreadyHostError } from '../../../src/preflight/finding.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { behindProxyConfig, localConfig, publicConfig } from '../../fakes/configurations.ts';
import { countingBytes } from '../../fakes/random.ts';
import { fakeMachine, fakeNetwork, ownAddress } from '../../fakes/surroundings.ts';
import { fakeWorld } from '../../fakes/world.ts';

const directory = '/opt/matrix';
const elsewhere = '198.51.100.1';

interface Situation {
  machine?: Partial<Machine>;
  network?: Partial<Network>;
  config?: typeof publicConfig;
  skip?: CheckName[];
  /** Is there an engine, and with which of its packages does it come? */
  engineComesWith?: string;
  /** Which offer the operator takes. */
  takes?: Offer['from'];
  now?: Date;
  /** What answers in the engine's place, on a host without Compose. */
  product?: string;
}

async function check(situation: Situation = {}) {
  const {
    machine,
    network,
    config = publicConfig,
    skip = [],
    engineComesWith,
    takes,
    now,
    product,
  } = situation;
  const world = fakeWorld();
  const installed: string[] = [];
  const asked: (readonly Offer[])[] = [];
  const debian: Partial<Machine> = {
    readFile: async (path) => (path === '/etc/os-release' ? 'ID=debian\nVERSION_ID="13"\n' : undefined),
    hasProgram: async () => installed.length > 0,
    async install(offer, { onProgress }) {
      installed.push(...offer.packages);
      onProgress('Setting up docker.io');
    },
  };
  const notes: string[] = [];
  let findings: readonly Finding[];
  let uncertainNames: readonly string[] = [];
  try {
    ({ findings, uncertainNames } = await checkHost(
      { directory, config },
      {
        async connectEngine() {
          if (engineComesWith !== undefined && !installed.includes(engineComesWith)) {
            const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' });
            throw new PreflightError('Docker does not answer', { code: 'docker.unreachable', cause });
          }
          return product === undefined
            ? world.engine
            : { ...world.engine, version: async () => ({ product, version: '4.3.1' }) };
        },
        async openCompose() {
          if (product !== undefined) {
            throw new PreflightError('no Compose', { code: 'docker.compose' });
          }
          return world.compose(directory);
        },
        surroundings: async () => ({
          machine: fakeMachine({ ...debian, ...machine }),
          network: fakeNetwork(network),
        }),
        clock: fakeClock(now),
        random: countingBytes(),
      },
      {
        skip: new Set(skip),
        emit: (event) => event.type === 'note' && notes.push(event.text),
        async chooseOffer(offers) {
          asked.push(offers);
          return offers.find(({ from }) => from === takes);
        },
      },
    ));
  } catch (error) {
    findings = (error as UnreadyHostError).findings;
    expect(error).toBeInstanceOf(UnreadyHostError);
    expect(verdicts(findings, 'failed')).not.toEqual([]);
  }
  return { findings, uncertainNames, notes, asked, installed, failed: verdicts(findings, 'failed') };
}

function verdicts(findings: readonly Finding[], wanted: string): CheckName[] {
  return findings.filter(({ verdict }) => verdict === wanted).map(({ check }) => check);
}

const files = (texts: Record<string, string>): Partial<Machine> => ({
  readFile: async (path) => texts[path.slice(directory.length + 1)],
});

const certified = (...names: string[]) =>
  JSON.stringify({ acme: { Certificates: names.map((main) => ({ domain: { main } })) } });

describe('a host that is ready', () => {
  test('must be passed, with every public name proven', async () => {
    const { uncertainNames, failed } = await check();
    expect(failed).toEqual([]);
    expect(uncertainNames).toEqual([]);
  });

  test('must be told what stops nothing', async () => {
    const { failed, notes } = await check({ machine: { memoryBytes: async () => 800 * 2 ** 20 } });
    expect(failed).toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(/^note \(memory\): .*Take a host/));
    expect(notes).toContainEqual(expect.stringMatching(/^could not verify \(clock\): /));
  });
});

describe('a host that is not', () => {
  test('must be told all that is wrong at once', async () => {
    const { failed } = await check({
      machine: { architecture: () => 'i686', obstacle: async () => 'EROFS' },
      network: { addresses: async () => ({ records: [elsewhere] }) },
    });
    expect(failed).toEqual(['architecture', 'writable', 'dns', 'dns']);
  });

  test.each([localConfig, publicConfig])(
    'must not get certificates by a clock of before this program',
    async (config) => {
      const { failed } = await check({ config, now: new Date(0) });
      expect(failed).toEqual(['clock']);
    },
  );

  test('must be passed in what the operator passes over', async () => {
    const { failed } = await check({ machine: { architecture: () => 'i686' }, skip: ['architecture'] });
    expect(failed).toEqual([]);
  });

  test('must not be refused for what could not be looked at', async () => {
    const { failed, findings } = await check({
      machine: {
        space: async () => {
          throw new Error('no such system call');
        },
      },
    });
    expect(failed).toEqual([]);
    expect(verdicts(findings, 'unverified')).toContain('disk');
  });
});

describe('what is checked', () => {
  const overNetwork = ['clock', 'authority', 'dns', 'cdn', 'caa'];
  const names = (findings: readonly Finding[]) => [...new Set(findings.map(({ check: each }) => each))];

  test('must be nothing of the network for a local server', async () => {
    const { findings } = await check({ config: localConfig });
    expect(names(findings).filter((each) => overNetwork.includes(each))).toEqual([]);
  });

  test('must be only what a change needs where a server was applied', async () => {
    const machine = files({
      'state/applied.yaml': 'version: 1',
      'data/acme/acme.json': certified('example.org', 'matrix.example.org'),
    });
    const { findings } = await check({ machine });
    expect(names(findings)).toEqual(['engine', 'compose', 'ports']);
  });

  test('must be the names that have no certificate yet', async () => {
    const machine = files({
      'state/applied.yaml': 'version: 1',
      'data/acme/acme.json': certified('example.org'),
    });
    const { findings } = await check({ machine });
    expect(names(findings)).toEqual(['engine', 'compose', 'ports', ...overNetwork]);
  });
});

describe('a host with IPv6 only', () => {
  const only6 = '2001:db8::7';
  const machine: Partial<Machine> = { addresses: () => [only6] };
  const published = (registry: readonly string[]): Partial<Network> => ({
    addresses: async (name, family) => ({
      records: family === 'A' ? [] : name === 'registry-1.docker.io' ? registry : [only6],
    }),
  });
  const ipv6Config = {
    ...publicConfig,
    traefik: { ...publicConfig.traefik, publish: { ...publicConfig.traefik.publish, ipv6_network: true } },
  };

  test('must be refused containers without IPv6, unless nobody but itself is to reach the server', async () => {
    const network = published(['2001:db8::5']);
    expect((await check({ machine, network })).failed).toContain('ipv6');
    expect((await check({ machine, network, config: localConfig })).failed).not.toContain('ipv6');
  });

  test('must be refused images of a registry without IPv6', async () => {
    const refused = await check({ machine, network: published([]), config: ipv6Config });
    expect(refused.failed).toContain('registries');
    const ready = await check({ machine, network: published(['2001:db8::5']), config: ipv6Config });
    expect(ready.failed).not.toContain('registries');
    expect(verdicts(ready.findings, 'passed')).toContain('registries');
  });
});

describe('a host on which nginx has the ports of the web', () => {
  const nginx = { program: 'nginx', processId: 7 };
  const held = [80, 443].map((port) => ({ address: '0.0.0.0', port, holder: nginx }));
  const machine: Partial<Machine> = {
    listeners: async (ports) => held.filter(({ port }) => ports.includes(port)),
  };

  test('must be refused, with the way to stay behind it', async () => {
    const { findings, failed } = await check({ machine });
    expect(failed).toEqual(['ports', 'ports']);
    const [{ remedy } = { remedy: '' }] = findings.filter(({ verdict }) => verdict === 'failed');
    expect(remedy).toContain('init --edge host-proxy');
  });

  test('must be ready for a server behind it, whose names are looked at and never ordered for', async () => {
    const { findings, failed, uncertainNames } = await check({ machine, config: behindProxyConfig });
    expect(failed).toEqual([]);
    expect(uncertainNames).toEqual([]);
    const checked = findings.map(({ check: name }) => name);
    expect(checked.filter((name) => name === 'dns')).toHaveLength(2);
    expect(checked).not.toContain('authority');
    expect(checked).not.toContain('caa');
  });

  test('must be asked for its names only before the first start', async () => {
    const { findings } = await check({
      machine: { ...machine, ...files({ 'state/applied.yaml': '' }) },
      config: behindProxyConfig,
    });
    expect(findings.map(({ check: name }) => name)).not.toContain('dns');
  });
});

test('a name that was not looked at must not be certain', async () => {
  const { uncertainNames } = await check({ skip: ['dns'] });
  expect(uncertainNames).toEqual(['matrix.example.org', 'example.org']);
});

describe('a name that leads to another address', () => {
  const behindRouter = { addresses: () => ['10.0.0.7'] };
  const addresses: Network['addresses'] = async (_name, family) => ({
    records: family === 'A' ? [elsewhere] : [],
  });

  test('must be proven when this host is who answers there', async () => {
    let token = '';
    let closed = false;
    const { findings, uncertainNames } = await check({
      machine: behindRouter,
      network: {
        addresses,
        async answer(_address, port, text) {
          expect(port).toBe(443);
          token = text;
          return {
            close() {
              closed = true;
            },
          };
        },
        ask: async (name) => (name === 'example.org' ? token : 'somebody else'),
      },
    });
    expect(uncertainNames).toEqual(['matrix.example.org']);
    expect(verdicts(findings, 'unverified')).toContain('dns');
    expect(closed).toBe(true);
  });

  test('must be unverified where this host cannot answer', async () => {
    const { uncertainNames, failed } = await check({
      machine: behindRouter,
      network: { addresses, answer: async () => undefined },
    });
    expect(failed).toEqual([]);
    expect(uncertainNames).toEqual(['matrix.example.org', 'example.org']);
  });

  test('must not be asked for when it is one of this host', async () => {
    const { uncertainNames } = await check({
      machine: { addresses: () => [ownAddress] },
      network: {
        answer: () => {
          throw new Error('nothing to prove');
        },
      },
    });
    expect(uncertainNames).toEqual([]);
  });
});

describe('a host without Docker', () => {
  const packages = ['docker.io', 'docker-cli', 'docker-compose'];
  const dockers = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-compose-plugin'];

  test('must get it when the operator agrees, and be looked at again', async () => {
    const { failed, asked, installed, notes } = await check({
      engineComesWith: 'docker.io',
      takes: 'distribution',
    });
    expect({ failed, installed }).toEqual({ failed: [], installed: packages });
    expect(asked.map((offers) => offers.map((offer) => offer.packages))).toEqual([[packages, dockers]]);
    expect(notes).toContain('Setting up docker.io');
  });

  test('must get it from where the operator says', async () => {
    const { failed, installed } = await check({ engineComesWith: 'docker-ce', takes: 'docker.com' });
    expect({ failed, installed }).toEqual({ failed: [], installed: dockers });
  });

  test('must be refused when nothing is taken', async () => {
    const { failed, installed, findings } = await check({ engineComesWith: 'docker.io' });
    expect({ failed, installed }).toEqual({ failed: ['engine'], installed: [] });
    expect(findings[0]?.remedy).toContain('--install-docker');
  });

  test('must be refused when it does not come', async () => {
    const { failed } = await check({ engineComesWith: 'something else', takes: 'distribution' });
    expect(failed).toEqual(['engine']);
  });

  test('must not be offered a Compose for an engine that is none of Docker', async () => {
    const { failed, asked } = await check({ product: 'Podman', takes: 'distribution' });
    expect({ failed, asked }).toEqual({ failed: ['engine', 'compose'], asked: [] });
  });

  test.each<[string, Partial<Machine>]>([
    ['whose operator is not root', { isRoot: () => false }],
    ['whose distribution has none that does', { readFile: async () => undefined }],
    ['on which it is, and only does not run', { hasProgram: async () => true }],
  ])('%s must not be offered it', async (_, machine) => {
    const { failed, asked } = await check({ machine, engineComesWith: 'docker.io', takes: 'distribution' });
    expect({ failed, asked }).toEqual({ failed: ['engine'], asked: [] });
  });
});
