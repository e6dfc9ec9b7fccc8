import { describe, expect, test } from 'vitest';
import type { CacheSpec } from '../../src/components/data.ts';
import { runningFactsOf } from '../../src/docker/running.ts';
import type { ObservedState } from '../../src/plan/observed-state.ts';
import { changedByHand, unfinished } from '../../src/plan/plan.ts';
import { planToLines } from '../../src/plan/plan-text.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { withText } from '../../src/plan/written.ts';
import { wantedFacts } from '../../src/render/running.ts';
import type { FoundNetwork, RunningFacts } from '../../src/stack/running.ts';
import {
  behindTraefikConfig,
  everyConfig,
  localConfig,
  localConfigText,
  publicConfig,
} from '../fakes/configurations.ts';
import { inspectedContainer } from '../fakes/inspected.ts';
import { appliedHost, desiredOf } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

const planned = (observed: ObservedState) => reconcile(desiredOf(localConfig), observed);
const applied = appliedHost(localConfig);

const inspected = inspectedContainer(
  { directory: '/opt/matrix', project: 'p', service: 'traefik' },
  {
    image: 'traefik',
    labels: {},
    user: '65532:65532',
    command: [],
    cap_drop: ['ALL'],
    security_opt: [],
    read_only: true,
    restart: 'always',
    logging: { driver: 'json-file', options: {} },
    networks: [],
    volumes: [],
    mem_limit: '256m',
    pids_limit: 100,
    cpu_shares: 512,
  },
);

/** A host to which the local configuration was applied, and one of whose containers was changed since. */
const changed = (service: string, change: Partial<RunningFacts>): ObservedState => {
  const id = `${service}-container`;
  return {
    ...applied,
    running: { ...applied.running, [id]: { ...(applied.running[id] as RunningFacts), ...change } },
  };
};

/** The host has an address on the database's network. */
const openToHost = (observed: ObservedState): ObservedState => {
  const name = 'matrix-localhost_data';
  const found = observed.networks[name] as FoundNetwork;
  return { ...observed, networks: { ...observed.networks, [name]: { ...found, hasHost: true } } };
};

/** The file was rendered so, by an earlier version. */
const wroteCompose = (text: string): Pick<ObservedState, 'files' | 'written'> => ({
  files: { ...applied.files, 'docker-compose.yml': text },
  written: withText(applied.written, 'docker-compose.yml', text, undefined),
});

test.each(everyConfig)(
  'every setting of a %s stack that is rendered must have its fact',
  (_title, config) => {
    const { stack } = desiredOf(config);
    for (const service of stack.services) {
      expect(wantedFacts(service, { ...stack, directory: '/opt/matrix' })).toMatchObject({
        droppedCapability: ['ALL'],
        root: ['read-only'],
        restart: ['always'],
        security: ['no-new-privileges'],
      });
    }
  },
);

test('a port on all addresses must be the same in either form, whatever families the host has', () => {
  const { stack } = desiredOf(publicConfig);
  const proxy = stack.services.find(({ ports }) => ports.length > 0);
  const wanted =
    proxy && wantedFacts(proxy, { project: 'p', edge: { httpsPort: 443 }, directory: '/opt/matrix' }).port;
  expect(wanted).toEqual(['0.0.0.0:80 to 8080/tcp', '0.0.0.0:443 to 8443/tcp']);
  const bound = (...addresses: string[]) => addresses.map((HostIp) => ({ HostIp, HostPort: '443' }));
  const definition = { ...inspected, NetworkSettings: { ...inspected.NetworkSettings, Networks: null } };
  for (const bindings of [bound('0.0.0.0'), bound('0.0.0.0', '::'), bound('')]) {
    const NetworkSettings = { ...definition.NetworkSettings, Ports: { '8443/tcp': bindings } };
    expect(runningFactsOf({ ...definition, NetworkSettings }).port).toEqual(['0.0.0.0:443 to 8443/tcp']);
  }
});

test.each<[string, Partial<RunningFacts>, string]>([
  ['user', { user: ['0:0'] }, 'user is 0:0, not 999:999'],
  ['privileges', { privilege: ['privileged'] }, 'privilege privileged added'],
  ['capabilities', { capability: ['NET_ADMIN'] }, 'capability NET_ADMIN added'],
  ['dropped capabilities', { droppedCapability: [] }, 'dropped capability ALL missing'],
  ['root file system', { root: ['writable'] }, 'root file system is writable, not read-only'],
  ['security options', { security: [] }, 'security option no-new-privileges missing'],
  ['memory', { memory: ['4096'] }, 'memory limit in bytes is 4096, not 1073741824'],
  ['processes', { processes: [] }, 'limit of processes is none, not 200'],
  ['processor weight', { weight: ['1024'] }, 'processor weight is 1024, not 512'],
  ['restart policy', { restart: ['no'] }, 'restart policy is no, not always'],
  ['namespaces', { namespace: ['pid of host'] }, 'namespace pid of host added'],
  ['devices', { device: ['/dev/sda'] }, 'device /dev/sda added'],
  ['ports', { port: ['0.0.0.0:5432 to 5432/tcp'] }, 'port 0.0.0.0:5432 to 5432/tcp added'],
])('another %s must be named, and the container recreated', (_what, change, cause) => {
  const plan = planned(changed('postgres', change));
  expect(planToLines(plan)).toEqual([`~ service postgres  changed by hand: ${cause}`]);
  expect(changedByHand(plan)).toEqual([{ service: 'postgres', differences: [cause] }]);
});

describe('a limit of processors', () => {
  const limited = parseConfig(localConfigText.replace('synapse:\n', 'synapse:\n  cpus: 1.5\n'));
  const host = appliedHost(limited);

  test('must be what runs, or its container be recreated', () => {
    expect(host.running['synapse-container']?.processor).toEqual(['1500000000']);
    expect(reconcile(desiredOf(limited), { ...host, processors: 2 })).toEqual([]);
    const synapse = { ...(host.running['synapse-container'] as RunningFacts), processor: [] };
    const running = { ...host.running, 'synapse-container': synapse };
    expect(planToLines(reconcile(desiredOf(limited), { ...host, running, processors: 2 }))).toContainEqual(
      expect.stringContaining('processor limit is none, not 1500000000'),
    );
  });

  test.each([
    [1, 'synapse.cpus is 1.5, and Docker has 1 here'],
    [0, "synapse.cpus is 1.5, and this host's kernel cannot limit processors"],
  ])('must be refused where the engine has not as many: %i', (processors, message) => {
    expect(() => reconcile(desiredOf(limited), { ...host, processors })).toThrow(message);
  });
});

describe('by the labels of a container, a Traefik of the host leads requests to it, so', () => {
  test('one that was added must be named, and the container recreated', () => {
    const label = ['maintainer=somebody', 'traefik.enable=true', 'traefik.http.routers.x.rule=Host(`evil`)'];
    expect(planToLines(planned(changed('postgres', { label })))).toEqual([
      '~ service postgres  changed by hand: label traefik.enable added; label traefik.http.routers.x.rule added',
    ]);
  });

  test('one of ours must be as it was, and its value not be shown', () => {
    const host = appliedHost(behindTraefikConfig);
    const routes = host.running['routes-container'] as RunningFacts;
    const label = routes.label.map((item) => item.replace(/^traefik\.enable=.*/, 'traefik.enable=secret'));
    const running = { ...host.running, 'routes-container': { ...routes, label } };
    const lines = planToLines(reconcile(desiredOf(behindTraefikConfig), { ...host, running }));
    expect(lines).toContainEqual(
      expect.stringMatching(/service routes +changed by hand: label traefik\.enable is not as it was$/),
    );
  });
});

test('what an operator put into the environment must not be shown', () => {
  const { environment } = applied.running['synapse-container'] as RunningFacts;
  const other = environment.map((item) => (item.startsWith('TMPDIR=') ? 'TMPDIR=/secret' : item));
  const lines = planToLines(planned(changed('synapse', { environment: other })));
  expect(lines.at(-1)).toBe('~ service synapse           changed by hand: variable TMPDIR is not as it was');
});

test('a variable that the image has must be no difference', () => {
  const { environment } = applied.running['synapse-container'] as RunningFacts;
  expect(planned(changed('synapse', { environment: [...environment, 'PATH=/usr/bin'] }))).toEqual([]);
});

test('a network that a container was connected to must be left, and nothing restarted', () => {
  const plan = planned(changed('postgres', { network: ['matrix-localhost_data', 'bridge'] }));
  expect(planToLines(plan)).toEqual(['- postgres from network bridge  connected by hand']);
  expect(changedByHand(plan)).toEqual([{ service: 'postgres', differences: ['network bridge added'] }]);
});

test('a network that a container lost must lead to a new one, for its ports are lost with it', () => {
  expect(planToLines(planned(changed('traefik', { network: [], alias: [], port: [] })))).toEqual([
    '~ service traefik  changed by hand: network matrix-localhost_web missing; port 127.0.0.1:8443 to 8443/tcp missing',
  ]);
});

test('a network that a container is on without its name must lead to a new one: others do not find it', () => {
  expect(planToLines(planned(changed('postgres', { alias: [] })))).toEqual([
    '~ service postgres  changed by hand: name postgres on matrix-localhost_data missing',
  ]);
});

test('another image under the same label must be replaced', () => {
  const containers = applied.containers.map((one) => ({ ...one, imageId: 'sha256:other' }));
  expect(changedByHand(planned({ ...applied, containers })).map(({ differences }) => differences)).toEqual([
    ['it runs another image'],
    ['it runs another image'],
    ['it runs another image'],
  ]);
});

test('a network with a way out must be created again, with those who are on it', () => {
  const name = 'matrix-localhost_data';
  const networks = { ...applied.networks, [name]: { ...applied.networks[name], isInternal: false } };
  const plan = planned({ ...applied, networks } as ObservedState);
  expect(planToLines(plan)).toEqual([
    '? configuration of synapse       checked before anything restarts',
    '- network matrix-localhost_data  it has a way out',
    '~ service postgres               changed by hand: network matrix-localhost_data has a way out',
    '~ service synapse                changed by hand: network matrix-localhost_data has a way out',
  ]);
});

test('a network that the host has an address on must be created again, with those who are on it', () => {
  const plan = planned(openToHost(applied));
  expect(changedByHand(plan).map(({ service }) => service)).toEqual(['postgres', 'synapse']);
  expect(planToLines(plan)).toContain('- network matrix-localhost_data  it is open to the host');
});

test('a network of an earlier version must be created again, and not be called changed by hand', () => {
  const compose = applied.files['docker-compose.yml']?.replace(/^ {4}driver_opts:\n(?: {6}.*\n)+/m, '') ?? '';
  expect(compose).not.toContain('inhibit_ipv4');
  const plan = planned(openToHost({ ...applied, ...wroteCompose(compose) }));
  expect(changedByHand(plan)).toEqual([]);
  expect(planToLines(plan)).toEqual([
    '? configuration of synapse       checked before anything restarts',
    '~ docker-compose.yml             networks.data.driver_opts changed',
    '- network matrix-localhost_data  it is open to the host',
    '~ service postgres               network matrix-localhost_data is open to the host',
    '~ service synapse                network matrix-localhost_data is open to the host',
  ]);
});

test('limits that the kernel does not keep must not be requested forever', () => {
  const observed = changed('postgres', { memory: [] });
  expect(planned({ ...observed, limitsNotKept: ['memory'] })).toEqual([]);
});

test('a cache that is still to be filled must not make an apply a failure', () => {
  const cache = { service: 'synapse' } as CacheSpec;
  const fill = {
    kind: 'fill-cache',
    id: 'fill',
    after: [],
    resource: 'cache',
    cause: 'x',
    cache,
    when: 'after',
  } as const;
  expect(unfinished([fill])).toEqual([]);
  const stopped = applied.containers.map((one) => ({ ...one, state: 'exited' }));
  expect(unfinished([fill, ...planned({ ...applied, containers: stopped })]).map(({ kind }) => kind)).toEqual(
    ['start-service', 'start-service', 'start-service'],
  );
});
