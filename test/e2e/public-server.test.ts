import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';
import { fetchSignedName } from './support/server-keys.ts';
import { stackImages } from './support/stack-images.ts';
import { ask, openPorts, servedCertificate } from './support/web.ts';

const lab = await attachLab();
const names = ['alpha.test', 'matrix.alpha.test'];
const alpha = await lab.host('alpha', { images: stackImages, names: [...names, 'chat.alpha.test'] });
const stranger = await lab.host('stranger');
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });

beforeAll(async () => {
  await writeConfiguration(deployment);
  await deployment.exits(0, 'apply');
});

describe('a public server', () => {
  it.each(names)('must serve a certificate of the CA for %s', async (name) => {
    expect(await servedCertificate(stranger, name)).toMatchObject({
      trusted: true,
      issuer: expect.stringContaining('Pebble'),
    });
  });

  it('must be open on ports 80 and 443 only', async () => {
    expect(await openPorts(stranger, alpha.address)).toEqual([80, 443]);
  });

  it.each([
    ['ECDHE+AESGCM', 0],
    ['ECDHE+CHACHA20', 0],
    ['ECDHE+AES:!AESGCM:!AESCCM', 1],
    ['kRSA', 1],
  ])('must answer to TLS 1.2 with %s as the only cipher suites with %d', async (ciphers, exitCode) => {
    const server = ['-connect', `${alpha.address}:443`, '-servername', 'alpha.test'];
    const only = ['-tls1_2', '-cipher', `${ciphers}:@SECLEVEL=0`];
    const client = await stranger.exec(['openssl', 's_client', ...server, ...only]);
    expect(client.exitCode, client.stderr).toBe(exitCode);
  });

  it('must send those who come without TLS to where they meant', async () => {
    const { status, headers } = await ask(stranger, 'http://matrix.alpha.test/_matrix/client/versions?x=1');
    expect(status).toBe(301);
    expect(headers.get('location')).toBe('https://matrix.alpha.test/_matrix/client/versions?x=1');
  });

  it.each(names)('must tell clients that ask %s where it is, web clients included', async (name) => {
    const { status, headers, body } = await ask(stranger, `https://${name}/.well-known/matrix/client`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(JSON.parse(body)).toEqual({ 'm.homeserver': { base_url: 'https://matrix.alpha.test/' } });
  });

  it('must lead other homeservers to where it answers by its own name and key', async () => {
    const { status, headers } = await ask(stranger, 'https://alpha.test/.well-known/matrix/server');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(await fetchSignedName(stranger, 'alpha.test')).toBe('alpha.test');
  });
});

describe('what is not for the public', () => {
  const version = '/_synapse/admin/v1/server_version';

  it('must be there, on the network of the containers', async () => {
    const inside = [
      'docker',
      'compose',
      'exec',
      '-T',
      'synapse',
      'curl',
      '-s',
      `http://127.0.0.1:8008${version}`,
    ];
    expect(await alpha.run(inside, { cwd: deployment.directory })).toContain('server_version');
  });

  it.each([
    version,
    `/_matrix/..${version}`,
    `/_matrix/%2e%2e${version}`,
    `/_matrix/..%2f${version.slice(1)}`,
    `/_matrix/%2e%2e%2f${version.slice(1)}`,
    `//${version}`,
    '/_synapse/metrics',
    '/_matrix/../_synapse/metrics',
  ])('must not be reached by %s', async (path) => {
    for (const name of names) {
      const { status, body } = await ask(stranger, `https://${name}${path}`);
      expect(body).not.toMatch(/server_version|python_info/);
      expect([400, 404]).toContain(status);
    }
  });
});

describe('a request', () => {
  it.each([
    ['#x:alpha.test', '%23x%3Aalpha.test'],
    ['#x/y?z;%:alpha.test', '%23x%2Fy%3Fz%3B%25%3Aalpha.test'],
  ])('must reach the homeserver with the room alias %s as it was meant', async (alias, encoded) => {
    const url = `https://matrix.alpha.test/_matrix/client/v3/directory/room/${encoded}`;
    const { status, body } = await ask(stranger, url);
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 404,
      body: { errcode: 'M_NOT_FOUND', error: `Room alias ${alias} not found` },
    });
  });

  it.each(['%00', '%5C'])(
    'must be refused with %s in it, before it makes the homeserver fail',
    async (bad) => {
      const { status } = await ask(
        stranger,
        `https://matrix.alpha.test/_matrix/client/v3/directory/room/${bad}`,
      );
      expect(status).toBe(400);
    },
  );

  it.each(['X-Forwarded-For', 'X_Forwarded_For', 'X-Real-Ip', 'Forwarded'])(
    'must be known by the address that it comes from, whatever its %s says',
    async (header) => {
      const path = `/_matrix/client/v3/directory/room/%23${header}%3Aalpha.test`;
      const lie = header === 'Forwarded' ? 'for=6.6.6.6' : '6.6.6.6';
      await ask(stranger, `https://matrix.alpha.test${path}`, '--header', `${header}: ${lie}`);
      const log = await alpha.run(['docker', 'compose', 'logs', 'synapse'], { cwd: deployment.directory });
      const line = log.split('\n').find((each) => each.includes(path) && each.includes('Processed'));
      expect(line).toContain(stranger.address);
      expect(line).not.toContain('6.6.6.6');
    },
  );
});

describe('a public server that is moved to another name and port, and proves its names on port 80', () => {
  beforeAll(async () => {
    await writeConfiguration(deployment, {
      host: 'chat.alpha.test',
      traefik: {
        certificates: { issuer: 'acme', roots: 'roots.pem', challenge: 'http' },
        publish: { https: 8443 },
      },
    });
    await deployment.exits(0, 'apply');
  });

  it('must serve a certificate for the new name', async () => {
    expect(await servedCertificate(stranger, 'chat.alpha.test', 8443)).toMatchObject({ trusted: true });
  });

  it('must tell clients where it is now', async () => {
    const { body } = await ask(stranger, 'https://alpha.test:8443/.well-known/matrix/client');
    expect(JSON.parse(body)).toEqual({ 'm.homeserver': { base_url: 'https://chat.alpha.test:8443/' } });
    const { headers } = await ask(stranger, 'http://chat.alpha.test/x');
    expect(headers.get('location')).toBe('https://chat.alpha.test:8443/x');
  });

  it('must not lead other homeservers to port 443, where it is not', async () => {
    const { status } = await ask(stranger, 'https://alpha.test:8443/.well-known/matrix/server');
    expect(status).toBe(404);
  });
});
