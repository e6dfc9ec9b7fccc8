import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { webTree } from '../lab/web-tree.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { expectReplacedUnseen } from './support/load.ts';
import { stackImages } from './support/stack-images.ts';
import { unlimited } from './support/unlimited.ts';
import { ask, openPorts } from './support/web.ts';
import { type ProxyName, proxiesOnHost, proxyNames, WebProxies } from './support/web-proxies.ts';

const lab = await attachLab();
const names = ['alpha.test', 'matrix.alpha.test'];
const binds = { [await webTree()]: proxiesOnHost };
const alpha = await lab.host('alpha', { images: stackImages, names, binds });
const stranger = await lab.host('stranger');
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const origin = 'https://matrix.alpha.test';
const roots = '/root/roots.pem';
const megabyte = 2 ** 20;
const ports: Record<ProxyName, number> = { nginx: 443, caddy: 9442, apache: 9443, haproxy: 9444 };

interface Verified {
  readonly findings: readonly OutsideFinding[];
}

let proxies: WebProxies;
let begun: { exitCode: number; outside: readonly OutsideFinding[] };
let admin: Client;

const snippet = async (name: ProxyName) =>
  (await deployment.exits(0, 'edge', 'snippet', name, '--quiet')).stdout;
const verify = async () => {
  const { exitCode, stdout } = await deployment.cli('verify', '--json');
  const { findings }: Verified = JSON.parse(stdout);
  return { exitCode, findings: findings.filter(({ verdict }) => verdict !== 'passed') };
};
const good = { exitCode: 0, findings: [] };

beforeAll(async () => {
  proxies = await WebProxies.install(alpha);
  const authority = await Authority.create('Somebody');
  for (const name of names) await proxies.giveCertificate(name, await authority.issue([name]));
  for (const machine of [alpha, stranger]) {
    await machine.writeFile(roots, authority.certificate.toString('pem'));
    await machine.run(['sh', '-c', '{ echo; cat "$0"; } >>/etc/ssl/certs/ca-certificates.crt', roots]);
  }
  // A site that is there already.
  await proxies.start('nginx', 'server { listen 80; listen [::]:80; return 204; }', 80);
  const written = ['--yes', '--no-start', '--server-name', deployment.serverName, '--acme-roots', roots];
  await deployment.exits(0, 'init', ...written);
  await deployment.edit({ synapse: { overrides: unlimited } });
  const { exitCode, stdout } = await deployment.cli('init', '--yes', '--json');
  begun = { exitCode, ...JSON.parse(stdout) };
  await proxies.stop('nginx');
});

describe('init on a host whose port 80 a proxy has', () => {
  it('must take the port of the loopback only, and leave it to the operator to lead requests there', async () => {
    expect(await openPorts(stranger, alpha.address)).toEqual([]);
    expect((await deployment.container('traefik')).HostConfig.PortBindings).toEqual({
      '8443/tcp': [{ HostIp: '127.0.0.1', HostPort: '8008' }],
    });
    expect(await deployment.readFile('traefik/traefik.yml')).not.toMatch(/acme|redirections/);
  });

  it('must say what is missing, and that everything of its own works', async () => {
    expect(begun.exitCode).toBe(8);
    const failed = begun.outside.filter(({ verdict }) => verdict === 'failed');
    expect(failed.length).toBeGreaterThan(5);
    for (const { remedy } of failed) expect(remedy).toContain('matrix-deploy edge snippet');
    const status = JSON.parse((await deployment.cli('status', '--json')).stdout);
    expect(status.services.map(({ healthy }: { healthy: boolean }) => healthy)).toEqual([true, true, true]);
    expect(status.findings).toContainEqual(expect.objectContaining({ about: 'proxy', verdict: 'failed' }));
  });
});

describe.each<ProxyName>(['caddy', 'nginx', 'apache', 'haproxy'])(
  'behind %s with the printed settings',
  (name) => {
    beforeAll(async () => proxies.start(name, await snippet(name)));
    afterAll(() => proxies.stop(name));

    it('must pass all external checks', async () => {
      expect(await verify()).toEqual(good);
      expect(JSON.parse((await deployment.cli('status', '--json')).stdout)).toMatchObject({ healthy: true });
    });

    it('must know clients by the address that they come from, and room aliases as they were meant', async () => {
      const alias = `#${name}/y?z;%:alpha.test`;
      const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
      for (const header of [
        'X-Forwarded-For: 6.6.6.6',
        'X_Forwarded_For: 6.6.6.6',
        'Forwarded: for=6.6.6.6',
      ]) {
        const { status, body } = await ask(stranger, origin + path, '--http2', '--header', header);
        expect({ status, error: JSON.parse(body).error }).toEqual({
          status: 404,
          error: `Room alias ${alias} not found`,
        });
      }
      const log = (await deployment.run(['docker', 'compose', 'logs', 'synapse'])).split('\n');
      const lines = log.filter((line) => line.includes(path) && line.includes('Processed'));
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(line).toContain(` ${stranger.address} `);
    });

    it('must speak HTTP/2, and let nobody to what is not for the public', async () => {
      const version = ['--write-out', '%{http_version}', '--output', '/dev/null', '--silent'];
      const asked = ['curl', ...version, `${origin}/_matrix/client/versions`];
      expect(await stranger.run(asked)).toBe('2');
      for (const each of names) {
        for (const path of [
          '/_synapse/admin/v1/server_version',
          '/_matrix/..%2f_synapse/admin/v1/server_version',
        ]) {
          const { body } = await ask(stranger, `https://${each}${path}`);
          expect(body).not.toContain('server_version');
        }
      }
    });
  },
);

describe('verify', () => {
  it('must tell of a proxy that believes what clients say of their address, and of one that says nothing', async () => {
    const right = await snippet('nginx');
    const believing = right.replaceAll('$remote_addr', '$proxy_add_x_forwarded_for');
    await proxies.start('nginx', believing);
    expect(await verify()).toEqual({
      exitCode: 8,
      findings: [
        expect.objectContaining({ expectation: 'each client by its own address', verdict: 'failed' }),
      ],
    });
    await proxies.stop('nginx');
    await proxies.start(
      'nginx',
      right.replaceAll(/^.*X-Forwarded-For.*$/gm, 'proxy_set_header X-Forwarded-For "";'),
    );
    expect(await verify()).toMatchObject({
      exitCode: 0,
      findings: [{ verdict: 'warning', remedy: expect.stringContaining('edge snippet') }],
    });
    await proxies.stop('nginx');
  });
});

describe('behind all four at once', () => {
  beforeAll(async () => {
    for (const name of proxyNames) await proxies.start(name, await snippet(name), ports[name]);
    const password = await deployment.readFile('secrets/admin_password');
    admin = await new Client({ from: stranger, url: origin }).logIn('admin', password);
    await stranger.run(['truncate', '--size', String(48 * megabyte), '/tmp/file']);
    await stranger.run(['truncate', '--size', String(50 * megabyte + 1), '/tmp/too-large']);
  });

  /** What a client elsewhere sends by the name, led to this program. */
  const send = async (name: ProxyName, argv: string[], path: string) => {
    const output = ['--output', `/tmp/answer-${name}`, '--write-out', '%{http_code} %{time_total}'];
    const common = ['--connect-to', `::alpha.test:${ports[name]}`, '--max-time', '60', ...output];
    const [status, seconds] = (await admin.curl([...common, ...argv], path)).split(' ').map(Number);
    return { status, seconds };
  };

  it('a client that waits 32 seconds for news must get its answer then, and files be taken meanwhile', async () => {
    const nothing = encodeURIComponent(
      JSON.stringify({ room: { rooms: [] }, presence: { not_types: ['*'] } }),
    );
    const { body } = await admin.call('GET', `/_matrix/client/v3/sync?timeout=0&filter=${nothing}`);
    const poll = `/_matrix/client/v3/sync?timeout=32000&filter=${nothing}&since=${body.next_batch}`;
    const polls = Promise.all(proxyNames.map((name) => send(name, [], poll)));
    const upload = '/_matrix/media/v3/upload?filename=file';
    for (const name of proxyNames) {
      const file = (path: string) => send(name, ['--data-binary', `@${path}`], upload);
      expect(await file('/tmp/file'), name).toMatchObject({ status: 200 });
      expect(await file('/tmp/too-large'), name).toMatchObject({ status: 413 });
      expect(JSON.parse(await stranger.readFile(`/tmp/answer-${name}`)), name).toMatchObject({
        errcode: 'M_TOO_LARGE',
      });
    }
    for (const { status, seconds } of await polls) {
      expect(status).toBe(200);
      expect(seconds).toBeGreaterThan(31);
    }
  });

  it('no client must shut out others by requests that it does not end', async () => {
    const output = await alpha.run(['node', '--eval', occupy]);
    expect(JSON.parse(output)).toEqual({ same: 429, other: 200 });
  });

  it('no request must fail while the homeserver restarts', async () => {
    const room = await admin.createRoom({ name: 'switch' });
    await expectReplacedUnseen(deployment, { url: origin, ca: roots, token: admin.token, room });
  });
});

/** Begins as many requests as one client may have at once, and asks as it and as another: both in the name of a proxy of the host. */
const occupy = `
  const { connect } = require('node:net');
  const begin = (client) => new Promise((resolve) => {
    const socket = connect(8008, '127.0.0.1', () => {
      socket.write('POST /_matrix/client/v3/login HTTP/1.1\\r\\nHost: matrix.alpha.test\\r\\nContent-Length: 100\\r\\n' +
        'X-Forwarded-For: ' + client + '\\r\\n\\r\\n{', () => resolve(socket));
    });
    socket.on('error', () => {});
  });
  const askAs = async (client) => {
    const { request } = require('node:http');
    return new Promise((resolve, reject) => request('http://127.0.0.1:8008/_matrix/client/versions',
      { headers: { host: 'matrix.alpha.test', 'x-forwarded-for': client }, agent: false },
      (answer) => { answer.resume(); resolve(answer.statusCode); }).on('error', reject).end());
  };
  (async () => {
    const sockets = await Promise.all(Array.from({ length: 256 }, () => begin('198.51.100.1')));
    let same = 0;
    while (same !== 429) same = await askAs('198.51.100.1');
    console.log(JSON.stringify({ same, other: await askAs('198.51.100.2') }));
    for (const socket of sockets) socket.destroy();
  })();`;
