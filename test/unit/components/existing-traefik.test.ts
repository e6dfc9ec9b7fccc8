import { describe, expect, test } from 'vitest';
import {
  configurationFiles,
  existingTraefikDefaults,
  readTraefik,
  type SeenTraefik,
} from '../../../src/components/traefik/existing-traefik.ts';
import { seenTraefik } from '../../fakes/existing-traefik.ts';

/** The same configuration in each of Traefik's three ways to write it. */
const ways: [string, Partial<SeenTraefik>][] = [
  [
    'its command',
    {
      command: [
        'traefik',
        '--providers.docker',
        '--providers.docker.network=proxy',
        '--entryPoints.secure.address=:443/tcp',
        '--entrypoints.secure.transport.respondingTimeouts.readTimeout=1h30m',
        '--entrypoints.secure.http.encodedCharacters.allowEncodedSlash=false',
        '--certificatesResolvers.le.acme.tlsChallenge=true',
      ],
    },
  ],
  [
    'its environment',
    {
      environment: [
        'TRAEFIK_PROVIDERS_DOCKER=true',
        'TRAEFIK_PROVIDERS_DOCKER_NETWORK=proxy',
        'TRAEFIK_ENTRYPOINTS_SECURE_ADDRESS=:443',
        'TRAEFIK_ENTRYPOINTS_SECURE_TRANSPORT_RESPONDINGTIMEOUTS_READTIMEOUT=5400',
        'TRAEFIK_ENTRYPOINTS_SECURE_HTTP_ENCODEDCHARACTERS_ALLOWENCODEDSLASH=false',
        'TRAEFIK_CERTIFICATESRESOLVERS_LE_ACME_TLSCHALLENGE=true',
      ],
    },
  ],
  [
    'its file',
    {
      file: {
        path: '/etc/traefik/traefik.yml',
        text: `
providers: { docker: { network: proxy } }
entryPoints:
  secure:
    address: ":443"
    transport: { respondingTimeouts: { readTimeout: 90m } }
    http: { encodedCharacters: { allowEncodedSlash: false } }
certificatesResolvers: { le: { acme: { tlsChallenge: {} } } }
`,
      },
    },
  ],
  [
    'its file in TOML',
    {
      file: {
        path: '/etc/traefik/traefik.toml',
        text: `
[providers.docker]
network = "proxy"
[entryPoints.secure]
address = ":443"
[entryPoints.secure.transport.respondingTimeouts]
readTimeout = 5400
[entryPoints.secure.http.encodedCharacters]
allowEncodedSlash = false
[certificatesResolvers.le.acme.tlsChallenge]
`,
      },
    },
  ],
];

describe('an existing Traefik', () => {
  test.each(ways)('must be known from %s', (_title, way) => {
    const found = readTraefik({ ...seenTraefik, ...way });
    expect(found).toMatchObject({
      entryPoints: [{ name: 'secure', port: 443, readSeconds: 5400, writeSeconds: 0, refuses: ['slash'] }],
      resolvers: ['le'],
      readsLabels: true,
      network: 'proxy',
      unread: undefined,
    });
    expect(existingTraefikDefaults(found)).toEqual({
      network: 'proxy',
      entryPoint: 'secure',
      resolver: 'le',
    });
  });

  test('must be known from the first of its sources only, as it reads them itself', () => {
    const [command, environment, file] = ways.map(([, way]) => way);
    const other = {
      command: ['traefik', '--entrypoints.other.address=:443'],
      environment: ['TRAEFIK_ENTRYPOINTS_OTHER_ADDRESS=:443'],
    };
    for (const way of [
      { ...other, ...file },
      { ...other, ...command },
      { ...other, command: ['traefik'], ...environment },
    ]) {
      const { entryPoints, resolvers } = readTraefik({ ...seenTraefik, ...way });
      expect({ names: entryPoints.map(({ name }) => name), resolvers }).toEqual({
        names: ['secure'],
        resolvers: ['le'],
      });
    }
  });

  test('must be asked for no resolver where its entry point has one', () => {
    const command = [
      '--entrypoints.websecure.address=:443',
      '--entrypoints.websecure.http.tls.certresolver=le',
      '--certificatesresolvers.le.acme.email=me@example.org',
    ];
    expect(existingTraefikDefaults(readTraefik({ ...seenTraefik, command }))).toEqual({
      network: 'proxy_default',
      entryPoint: 'websecure',
      resolver: undefined,
    });
  });

  test('must not be offered with a network with a gateway elsewhere', () => {
    const found = readTraefik({ ...seenTraefik, withOtherGateway: ['proxy_default'] });
    expect(existingTraefikDefaults(found).network).toBe('proxy');
  });

  test.each([
    ['/etc/traefik/traefik.toml', '[entryPoints'],
    ['/etc/traefik/traefik.yml', 'entryPoints: ['],
    ['/etc/traefik/traefik.conf', ''],
  ])('must be known to have a file that cannot be read: %s', (path, text) => {
    expect(readTraefik({ ...seenTraefik, file: { path, text } }).unread).toBe(path);
  });

  test('must be known by the file that its command names, else by that at its usual places', () => {
    const told = { ...seenTraefik, command: ['--configFile=/a.yml'] };
    expect(configurationFiles(told)).toEqual(['/a.yml']);
    const firsts = (environment: string[]) =>
      configurationFiles({ ...seenTraefik, environment }).filter((path) => path.endsWith('.toml'));
    expect(firsts([])).toEqual(['/etc/traefik/traefik.toml', '/root/.config/traefik.toml', '/traefik.toml']);
    expect(firsts(['HOME=/home/t', 'XDG_CONFIG_HOME=/x'])).toEqual([
      '/etc/traefik/traefik.toml',
      '/x/traefik.toml',
      '/home/t/.config/traefik.toml',
      '/traefik.toml',
    ]);
  });
});
