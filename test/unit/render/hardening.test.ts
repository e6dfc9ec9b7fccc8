import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderStack } from '../../../src/render/render.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { everyConfig } from '../../fakes/configurations.ts';

interface ComposeService {
  cap_drop: string[];
  security_opt: string[];
  read_only: boolean;
  restart: string;
  privileged?: boolean;
  cap_add?: string[];
  user: string;
  logging: { driver: string; options: Record<string, string> };
  mem_limit: string;
  pids_limit: number;
  cpu_shares: number;
  stop_grace_period: string;
  environment?: Record<string, string>;
  volumes?: { type: string; source: string; target: string; read_only?: boolean; bind: object }[];
  tmpfs?: string[];
  networks?: string[] | Record<string, object>;
  ports?: string[];
  healthcheck: Record<string, unknown>;
}

describe.each(everyConfig)('in a %s stack', (_title, config) => {
  const { files } = renderStack(describeStack(config, {}));
  const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? '';
  const compose = parse(textOf('docker-compose.yml'), { merge: true });
  const services = Object.entries(compose.services as Record<string, ComposeService>);
  const service = (name: string) => (compose.services as Record<string, ComposeService>)[name];
  const isJoined = config.traefik.edge.kind === 'traefik';
  const networksOf = ({ networks = [] }: ComposeService) =>
    Array.isArray(networks) ? networks : Object.keys(networks);
  const namesWhere = (holds: (service: ComposeService) => unknown) =>
    services.filter(([, definition]) => holds(definition)).map(([name]) => name);

  test.each(services)('%s must be hardened', (_name, definition) => {
    expect(definition).toMatchObject({
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      read_only: true,
      // unless-stopped leaves the stack down when the engine dies.
      restart: 'always',
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      mem_limit: expect.stringMatching(/^[1-9][0-9]*[mg]$/),
      pids_limit: expect.any(Number),
      cpu_shares: expect.toSatisfy((shares: number) => shares < 1024),
      user: expect.stringMatching(/^[1-9][0-9]*:[1-9][0-9]*$/),
    });
    expect(definition).not.toHaveProperty('privileged');
    expect(definition).not.toHaveProperty('cap_add');
  });

  test('nothing must be mounted that is outside the deployment directory, as the Docker socket is', () => {
    for (const { type, source, bind } of services.flatMap(([, { volumes = [] }]) => volumes)) {
      // What is lost must be an error, but for what may be lost.
      const optional = source.startsWith('./cache/');
      expect({ type, bind }).toEqual({ type: 'bind', bind: { create_host_path: optional } });
      expect(source).toMatch(/^\.\/[a-z]/);
      expect(source).not.toContain('..');
    }
    expect(textOf('docker-compose.yml')).not.toContain('docker.sock');
  });

  test('only data must be writable', () => {
    const writable = services.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => !volume.read_only),
    );
    expect(writable.every(({ source }) => source.startsWith('./data/'))).toBe(true);
  });

  test('a tmpfs must never be executable', () => {
    for (const tmpfs of services.flatMap((entry) => entry[1].tmpfs ?? [])) {
      expect(tmpfs).toMatch(/:mode=[0-7]{4},size=[0-9]+m,noexec,nosuid,nodev/);
    }
  });

  test('only the proxy must publish ports', () => {
    expect(namesWhere(({ ports }) => ports)).toEqual(isJoined ? [] : ['traefik']);
  });

  test('the database must be on a network without a way out, and on no other', () => {
    expect(networksOf(service('postgres') as ComposeService)).toEqual(['data']);
    expect(compose.networks.data).toMatchObject({ internal: true });
    expect(namesWhere((each) => networksOf(each).includes('data'))).toEqual(['postgres', 'synapse']);
  });

  test('start_interval must stand nowhere: engines older than 25 refuse it', () => {
    expect(files.filter(({ text }) => text.includes('start_interval'))).toEqual([]);
  });

  test('the homeserver alone must be on a network of others, and what only has labels on none', () => {
    expect(namesWhere((each) => networksOf(each).includes('foreign'))).toEqual(isJoined ? ['synapse'] : []);
    expect(namesWhere((each) => networksOf(each).length === 0)).toEqual(isJoined ? ['routes'] : []);
  });

  test('every service must have a health check, but for what does nothing', () => {
    expect(namesWhere(({ healthcheck }) => !healthcheck)).toEqual(isJoined ? ['routes'] : []);
  });

  test('what says that the database is ready must not be pg_isready', () => {
    expect(textOf('docker-compose.yml')).not.toContain('pg_isready');
  });

  test('no password must be in an environment', () => {
    const variables = services.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    expect(variables.filter((name) => /PASSWORD|SECRET|TOKEN/.test(name))).toEqual([]);
  });

  test('the homeserver must find its database by a service file, not by a passfile', () => {
    const { args } = parse(textOf('synapse/homeserver.yaml')).database;
    expect(args).toMatchObject({ service: 'synapse' });
    expect(args).not.toHaveProperty('password');
    expect(args).not.toHaveProperty('passfile');
    const { environment, volumes = [] } = service('synapse') as ComposeService;
    expect(environment).not.toHaveProperty('PGPASSFILE');
    expect(volumes.map(({ target }) => target)).toContain(environment?.PGSERVICEFILE);
  });

  test('uploads must be spooled to the disk, not to a tmpfs', () => {
    const { environment, volumes = [], tmpfs = [] } = service('synapse') as ComposeService;
    const below = (target: string) => environment?.TMPDIR?.startsWith(`${target}/`);
    expect(volumes.filter(({ target }) => below(target)).map(({ source }) => source)).toEqual([
      './data/synapse',
    ]);
    expect(tmpfs.filter((text) => below(String(text.split(':')[0])))).toEqual([]);
  });
});
