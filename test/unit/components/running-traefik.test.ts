import { describe, expect, test } from 'vitest';
import type { JoinedTraefik } from '../../../src/components/traefik/joined.ts';
import {
  configuredFile,
  joinedByDefault,
  readTraefik,
  type SeenTraefik,
} from '../../../src/components/traefik/running-traefik.ts';
import { judgeTraefik } from '../../../src/host/preflight/existing-traefik.ts';

const seen: SeenTraefik = {
  container: 'proxy',
  command: ['/entrypoint.sh', 'traefik'],
  environment: ['PATH=/usr/bin'],
  networks: ['proxy_default', 'proxy'],
  withOtherGateway: [],
  version: '3.7.15',
};

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
];

describe('a Traefik that runs', () => {
  test.each(ways)('must be known from %s', (_title, way) => {
    const found = readTraefik({ ...seen, ...way });
    expect(found).toMatchObject({
      entryPoints: [{ name: 'secure', port: 443, readSeconds: 5400, writeSeconds: 0, refuses: ['slash'] }],
      resolvers: ['le'],
      readsLabels: true,
      network: 'proxy',
      unread: undefined,
    });
    expect(joinedByDefault(found)).toEqual({ network: 'proxy', entryPoint: 'secure', resolver: 'le' });
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
      const { entryPoints, resolvers } = readTraefik({ ...seen, ...way });
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
    expect(joinedByDefault(readTraefik({ ...seen, command }))).toEqual({
      network: 'proxy_default',
      entryPoint: 'websecure',
      resolver: undefined,
    });
  });

  test('must not be joined by a network with a gateway elsewhere', () => {
    const found = readTraefik({ ...seen, withOtherGateway: ['proxy_default'] });
    expect(joinedByDefault(found).network).toBe('proxy');
  });

  test('must be known to have a file that nobody here understands', () => {
    const file = { path: '/etc/traefik/traefik.toml', text: '[entryPoints]' };
    expect(readTraefik({ ...seen, file }).unread).toBe(file.path);
    expect(configuredFile({ ...seen, command: ['--configFile=/a.yml'] })).toBe('/a.yml');
  });
});

describe('a Traefik that is to serve the homeserver', () => {
  const wanted: JoinedTraefik = {
    kind: 'traefik',
    network: 'proxy',
    entry_point: 'websecure',
    certificate_resolver: 'le',
    middlewares: [],
    labels: {},
  };
  const right = [
    '--providers.docker=true',
    '--entrypoints.websecure.address=:443',
    '--entrypoints.websecure.transport.respondingtimeouts.readtimeout=3600s',
    '--certificatesresolvers.le.acme.tlschallenge=true',
  ];
  const judge = (more: Partial<SeenTraefik> = {}, edge: Partial<JoinedTraefik> = {}) =>
    judgeTraefik(readTraefik({ ...seen, command: right, ...more }), { ...wanted, ...edge }, (version) =>
      version === '3.6.5' ? 'it refuses encoded slashes' : undefined,
    );
  const option = (text: string) => `--entrypoints.websecure.${text}`;

  test('must be good where all is as it must be', () => {
    expect(judge()).toEqual([]);
  });

  test.each<[string, 'failed' | 'warning', RegExp, Partial<SeenTraefik>, Partial<JoinedTraefik>]>([
    ['is too old for our labels', 'failed', /3\.3\.6/, { version: '3.3.6' }, {}],
    ['breaks paths by its version', 'failed', /encoded slashes/, { version: '3.6.5' }, {}],
    ['is not on the network', 'failed', /not on the network/, { networks: ['bridge'] }, {}],
    ['has a network with a gateway elsewhere', 'failed', /gateway/, { withOtherGateway: ['proxy'] }, {}],
    ['reads no labels', 'failed', /labels/, { command: right.slice(1) }, {}],
    ['has no such entry point', 'failed', /entry point/, {}, { entry_point: 'https' }],
    ['has no such resolver', 'failed', /resolver/, {}, { certificate_resolver: 'other' }],
    ['is told of no resolver', 'warning', /certificates/, {}, { certificate_resolver: null }],
    [
      'refuses encoded characters',
      'failed',
      /%23/,
      { command: [...right, option('http.encodedcharacters.allowencodedhash=false')] },
      {},
    ],
    [
      'cuts off uploads',
      'warning',
      /60 seconds/,
      { command: right.filter((word) => !word.includes('readtimeout')) },
      {},
    ],
    [
      'cuts off clients that wait',
      'failed',
      /30 seconds/,
      { command: [...right, option('transport.respondingtimeouts.writetimeout=30s')] },
      {},
    ],
    [
      'takes some containers only',
      'warning',
      /certain labels/,
      { command: [...right, '--providers.docker.constraints=Label(`zone`,`public`)'] },
      {},
    ],
  ])('must be told of when it %s', (_title, verdict, finding, more, edge) => {
    const judged = judge(more, edge);
    expect(judged).toHaveLength(1);
    expect(judged[0]).toMatchObject({ verdict, finding: expect.stringMatching(finding) });
  });

  test('must run', () => {
    expect(judgeTraefik(undefined, wanted, () => undefined)).toMatchObject([{ verdict: 'failed' }]);
  });
});
