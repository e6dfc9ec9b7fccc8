import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import type { Warning } from '../../src/components/warning.ts';
import type { Finding } from '../../src/preflight/finding.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { changeTraefik, inForeignProject, roots, startTraefik } from './support/existing-traefik.ts';
import { expectReplacedUnseen, underLoad } from './support/load.ts';
import { stackImages } from './support/stack-images.ts';
import { unlimited } from './support/unlimited.ts';
import { ask } from './support/web.ts';
import { interruptWizard } from './support/wizard.ts';

const lab = await attachLab();
const names = ['alpha.test', 'matrix.alpha.test'];
const older = 'matrixdotorg/synapse:v1.157.2';
/** One of the versions of Traefik that break names of rooms. */
const harmful = 'traefik:v3.6.5';
const harmfulSettings = `
[providers.docker]
[entryPoints.secure]
address = ":443"
[entryPoints.secure.transport.respondingTimeouts]
writeTimeout = "20s"
[entryPoints.secure.http.encodedCharacters]
allowEncodedSlash = false
[certificatesResolvers.le.acme]
storage = "/acme.json"
[certificatesResolvers.le.acme.tlsChallenge]
`;
const alpha = await lab.host('alpha', { images: [...stackImages, older, harmful], names });
const stranger = await lab.host('stranger');
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const origin = 'https://matrix.alpha.test';
const megabyte = 2 ** 20;

interface Planned {
  readonly warnings: readonly Warning[];
}

interface Verified {
  readonly findings: readonly OutsideFinding[];
}

const foreign = (...argv: string[]) => inForeignProject(alpha, ...argv);
const verify = async () => {
  const { exitCode, stdout } = await deployment.cli('verify', '--json');
  const { findings }: Verified = JSON.parse(stdout);
  return { exitCode, findings: findings.filter(({ verdict }) => verdict !== 'passed') };
};
const good = { exitCode: 0, findings: [] };
/** What a container of the other project is answered, as a status. */
const inNeighbour = (url: string) => {
  const curl = [
    'curl',
    '--silent',
    '--max-time',
    '5',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
  ];
  return foreign('exec', '-T', 'neighbour', ...curl, url);
};
let begun: { exitCode: number; outside: readonly OutsideFinding[] };
let lonelySaid: string;
let admin: Client;
let poll: Promise<string>;

beforeAll(async () => {
  const lonely = ['--name', 'lonely', '--publish', '443:443', testedImage('traefik')];
  await alpha.run(['docker', 'run', '--detach', ...lonely, '--entrypoints.secure.address=:443']);
  lonelySaid = (await deployment.exits(2, 'init', '--yes', '--server-name', 'example.org')).stderr;
  await alpha.run(['docker', 'rm', '--force', 'lonely']);
  await startTraefik(alpha, lab);
  const written = ['--yes', '--no-start', '--server-name', deployment.serverName, '--acme-roots', roots];
  await deployment.exits(0, 'init', ...written);
  await deployment.edit({ synapse: { image: older, overrides: unlimited } });
  const { exitCode, stdout } = await deployment.cli('init', '--yes', '--json');
  begun = { exitCode, ...JSON.parse(stdout) };
  const password = await deployment.readFile('secrets/admin_password');
  admin = await new Client({ from: stranger, url: origin }).logIn('admin', password);
  const nothing = encodeURIComponent(JSON.stringify({ room: { rooms: [] }, presence: { not_types: ['*'] } }));
  const { body } = await admin.call('GET', `/_matrix/client/v3/sync?timeout=0&filter=${nothing}`);
  const waiting = ['--max-time', '60', '--output', '/dev/null', '--write-out', '%{http_code} %{time_total}'];
  const path = `/_matrix/client/v3/sync?timeout=32000&filter=${nothing}&since=${body.next_batch}`;
  poll = admin.curl(waiting, path);
});

describe('init on a host whose ports a Traefik has', () => {
  it('must be served by it, with what was found of it, and start none of its own', async () => {
    expect(parse(await deployment.readFile('matrix.yaml')).traefik.edge).toEqual({
      kind: 'traefik',
      network: 'proxy',
      entry_point: 'secure',
      certificate_resolver: 'le',
      middlewares: [],
      roots: 'roots.pem',
    });
    expect(Object.keys(await deployment.containerIds()).sort()).toEqual(['postgres', 'routes', 'synapse']);
  });

  it('must pass all external checks', async () => {
    expect(begun.exitCode).toBe(0);
    expect(await verify()).toEqual(good);
    const status = JSON.parse((await deployment.cli('status', '--json')).stdout);
    expect(status).toMatchObject({ healthy: true });
  });

  it('must know clients by their addresses, and room aliases as they were meant', async () => {
    const alias = '#y/z?a;%:alpha.test';
    const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
    const { status, body } = await ask(stranger, origin + path, '--header', 'X-Forwarded-For: 6.6.6.6');
    expect({ status, error: JSON.parse(body).error }).toEqual({
      status: 404,
      error: `Room alias ${alias} not found`,
    });
    const log = await deployment.run(['docker', 'compose', 'logs', 'synapse']);
    const line = log.split('\n').find((each) => each.includes(path) && each.includes('Processed'));
    expect(line).toContain(` ${stranger.address} `);
  });
});

describe('init --yes beside a Traefik that is on no network on which it finds others', () => {
  it('must say what was found, what to do, and which flag to give', () => {
    expect(lonelySaid).toContain('The Traefik in lonely has port 443');
    expect(lonelySaid).toContain('docker network connect proxy lonely');
    expect(lonelySaid).toContain('--traefik-network');
  });
});

describe('init beside it, when somebody is there to answer', () => {
  it('must ask by what the homeserver is to be served, and offer what was found', async () => {
    await interruptWizard(alpha, { serverName: 'other.test', at: '9 of 10', roots }, async (terminal) => {
      await terminal.answer('2 of about 10', key.enter);
      await terminal.answer('3 of 10', key.enter);
      await terminal.answer('Should the Traefik in proxy-traefik-1 serve the homeserver?', key.enter);
      await terminal.answer('network: (proxy)', key.enter);
      await terminal.answer('entry point: (secure)', key.enter);
      await terminal.answer('resolver: (le)', key.enter);
      await terminal.answer('middlewares: (none)', key.enter);
    });
  });
});

describe('on the network of others', () => {
  it('the homeserver must be reached for what the world may ask for, and nothing else of ours be there', async () => {
    const ours = 'http://synapse.alpha.test.invalid:8008';
    expect(await inNeighbour(`${ours}/_matrix/client/versions`)).toBe('200');
    expect(await inNeighbour(`${ours}/_synapse/admin/v1/server_version`)).toBe('403');
    const engine = await deployment.engine();
    const { Containers } = await engine.getNetwork('proxy').inspect();
    const found = Object.values(Containers ?? {}).map(({ Name }) => Name);
    expect(found.filter((name) => name.startsWith('matrix-'))).toEqual(['matrix-alpha_test-synapse-1']);
  });
});

describe('through the Traefik of the host', () => {
  it('a file of 48 MB must be taken, and one that is too large be refused as the protocol says', async () => {
    await stranger.run(['truncate', '--size', String(48 * megabyte), '/tmp/file']);
    await stranger.run(['truncate', '--size', String(50 * megabyte + 1), '/tmp/too-large']);
    const send = (file: string) =>
      admin.curl(
        ['--data-binary', `@${file}`, '--write-out', '\n%{http_code}'],
        '/_matrix/media/v3/upload?filename=file',
      );
    expect(await send('/tmp/file')).toMatch(/\n200$/);
    expect(await send('/tmp/too-large')).toMatch(/M_TOO_LARGE.*\n413$/s);
  });

  it('a middleware that takes small bodies only must be told by verify', async () => {
    const { traefik } = parse(await deployment.readFile('matrix.yaml'));
    const passing = (middlewares: string[]) =>
      deployment.edit({ traefik: { edge: { ...traefik.edge, middlewares } } });
    await passing(['small@docker']);
    await deployment.exits(8, 'apply');
    expect((await verify()).findings).toEqual([
      expect.objectContaining({ expectation: 'room for the largest upload', verdict: 'failed' }),
    ]);
    await passing([]);
    await deployment.exits(0, 'apply');
  });

  it('a client that waits 32 seconds for news must get its answer then', async () => {
    const [status, seconds] = (await poll).split(' ').map(Number);
    expect(status).toBe(200);
    expect(seconds).toBeGreaterThan(31);
  });

  it('it must find the homeserver when it is created again, or the homeserver was taken off its network', async () => {
    await alpha.run(['docker', 'network', 'disconnect', 'proxy', 'matrix-alpha_test-synapse-1']);
    await foreign('up', '--detach', '--force-recreate', 'traefik');
    await deployment.exits(6, 'plan', '--exit-code');
    await deployment.exits(0, 'apply');
    expect(await verify()).toEqual(good);
  });

  it('no request must fail while the homeserver is replaced, nor while it is upgraded', async () => {
    const room = await admin.createRoom({ name: 'switch' });
    const clients = { url: origin, ca: roots, token: admin.token, room };
    await expectReplacedUnseen(deployment, clients);
    const upgrade = ['upgrade', '--yes', '--no-backup', '--ack', 'synapse-1.162-room-version-12'];
    const { answered, failed } = await underLoad(alpha, clients, () => deployment.exits(0, ...upgrade));
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect((await deployment.container('synapse')).Config.Image).toContain(testedImage('synapse'));
  });

  it('an upgrade during which requests do fail, since it replaces what has the labels, must say so', async () => {
    const planned = await deployment.ask<Planned>('upgrade', '--dry-run', '--postgres', '17.99');
    expect(planned.warnings).toContainEqual({
      setting: 'service routes',
      text: expect.stringContaining('clients get 404'),
    });
  });

  it('a version and settings of it that break Matrix must be refused, and each be named', async () => {
    await alpha.writeFile('/opt/proxy/traefik.toml', harmfulSettings);
    // It then ignores its command.
    const restore = await changeTraefik(alpha, {
      [testedImage('traefik')]: harmful,
      'volumes: [': 'volumes: ["/opt/proxy/traefik.toml:/traefik.toml:ro", ',
    });
    const written = await deployment.readFile('matrix.yaml');
    await deployment.edit({ synapse: { log_level: 'ERROR' } });
    const { stderr } = await deployment.exits(4, 'apply', '--json', '--quiet');
    const findings: readonly Finding[] = JSON.parse(stderr).error.findings;
    const told = findings.filter(({ check }) => check === 'traefik');
    expect(told.map(({ verdict, finding }) => [verdict, finding])).toEqual([
      ['failed', expect.stringContaining('Traefik 3.6.5')],
      ['failed', expect.stringContaining('paths with %2F')],
      ['warning', expect.stringContaining('uploads that take longer than 60 seconds')],
      ['failed', expect.stringContaining('answers after 20 seconds')],
    ]);
    await deployment.writeFile('matrix.yaml', written);
    await restore();
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('a network whose gateway is not where the homeserver expects this host must be refused', async () => {
    const { traefik } = parse(await deployment.readFile('matrix.yaml'));
    const on = (network: string) => deployment.edit({ traefik: { edge: { ...traefik.edge, network } } });
    const addresses = ['--subnet', '172.31.99.0/24', '--gateway', '172.31.99.254'];
    await alpha.run(['docker', 'network', 'create', ...addresses, 'odd']);
    await alpha.run(['docker', 'network', 'connect', 'odd', 'proxy-traefik-1']);
    await on('odd');
    expect((await deployment.exits(4, 'apply')).stderr).toContain('not the gateway at the first address');
    await on(traefik.edge.network);
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('destroy must leave it and its network as they are', async () => {
    await deployment.exits(0, 'destroy', '--yes');
    expect(await foreign('ps', '--services', '--status', 'running')).toBe('neighbour\ntraefik');
  });
});
