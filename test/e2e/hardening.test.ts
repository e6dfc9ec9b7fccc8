import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const services = ['postgres', 'synapse', 'traefik'] as const;
const users = { postgres: 999, synapse: 991, traefik: 65532 };
let admin: Client;

beforeAll(async () => {
  await deployment.init();
  admin = await logInAsAdmin(deployment);
});

describe.each(services)('the container of %s', (service) => {
  it('must run as its own user, without capabilities or a way to get any', async () => {
    const { State } = await deployment.container(service);
    const status = await host.readFile(`/proc/${State.Pid}/status`);
    const user = users[service];
    expect(status).toMatch(new RegExp(`^Uid:\\t${user}\\t${user}\\t${user}\\t${user}$`, 'm'));
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });

  it('must be unable to fill or change the host', async () => {
    const { HostConfig } = await deployment.container(service);
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      Memory: expect.toSatisfy((bytes: number) => bytes > 0),
      PidsLimit: expect.toSatisfy((count: number) => count > 0),
      CpuShares: expect.toSatisfy((shares: number) => shares > 0 && shares < 1024),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      RestartPolicy: { Name: 'always' },
    });
  });

  it('must see nothing of the engine, and no volume but its own directory', async () => {
    const { Mounts } = await deployment.container(service);
    for (const mount of Mounts) {
      expect(mount).toMatchObject({
        Type: 'bind',
        Source: expect.stringContaining(`${deployment.directory}/`),
      });
    }
  });
});

describe('secrets', () => {
  it('must be kept from everybody else on the host', async () => {
    expect(await deployment.run(['stat', '--format', '%a', 'secrets'])).toBe('700');
  });
});

describe('the database', () => {
  it('must refuse the superuser over the network', async () => {
    const connect = "import psycopg2; psycopg2.connect(host='postgres', user='postgres', dbname='postgres')";
    const { exitCode, stderr } = await inside('synapse', connect);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('pg_hba.conf rejects connection'),
    });
  });

  it('must be out of reach for the proxy, other containers and other hosts', async () => {
    const { NetworkSettings } = await deployment.container('postgres');
    const [network] = Object.values(NetworkSettings.Networks);
    const address = network?.IPAddress ?? '';
    expect(await canConnect('synapse', address, 5432)).toBe(true);
    expect(await canConnect('traefik', address, 5432)).toBe(false);
    expect(await canConnect(undefined, address, 5432)).toBe(false);
    for (const outside of [address, host.address]) {
      const port = `/dev/tcp/${outside}/5432`;
      expect((await lab.registry.exec(['timeout', '3', 'bash', '-c', `: <${port}`])).exitCode).not.toBe(0);
    }
  });

  it('must have no way out', async () => {
    expect(await canConnect('traefik', lab.registry.address, 443)).toBe(true);
    expect(await canConnect('postgres', lab.registry.address, 443)).toBe(false);
  });

  it('must have checksums, and sort by bytes', async () => {
    const query =
      "select current_setting('data_checksums'), datcollate, datctype from pg_database where datname = 'synapse'";
    const { Id } = await deployment.container('postgres');
    expect(await host.run(['docker', 'exec', Id, 'psql', '-qAtX', '-U', 'postgres', '-c', query])).toBe(
      'on|C|C',
    );
  });
});

describe('what answers tell of the server', () => {
  const paths = [
    '/',
    '/_matrix/client/versions',
    '/_matrix/client/v3/sync',
    '/_matrix/federation/v1/version',
    '/.well-known/matrix/client',
  ];
  const headers = (path: string) =>
    host.run(['curl', '--silent', '--insecure', '--dump-header', '-', '--output', '/dev/null', url(path)]);
  const url = (path: string) => `https://localhost:8443${path}`;

  it.each(paths)('must not be which program of which version answers %s', async (path) => {
    const answered = await headers(path);
    expect(answered).toMatch(/^HTTP\/2 \d{3}/);
    expect(answered).not.toMatch(/^(?:server|x-powered-by):|synapse\/\d/im);
    expect(answered).not.toMatch(/^strict-transport-security:/im);
  });

  it('must be its version where other homeservers ask for it', async () => {
    const body = await host.run(['curl', '--silent', '--insecure', url('/_matrix/federation/v1/version')]);
    expect(JSON.parse(body).server).toMatchObject({ name: 'Synapse', version: expect.any(String) });
  });

  it.each([31_536_000, 0])('must be to use https only, for %i seconds as is set', async (hsts_seconds) => {
    await deployment.edit({ traefik: { hsts_seconds } });
    await deployment.exits(0, 'apply');
    for (const path of paths.slice(1)) {
      expect(await headers(path)).toMatch(
        new RegExp(`^strict-transport-security: max-age=${hsts_seconds}\r?$`, 'im'),
      );
    }
  });
});

describe('a limit of processors', () => {
  it('must hold for what runs', async () => {
    await deployment.edit({ synapse: { cpus: 0.8 } });
    await deployment.exits(0, 'apply');
    const { HostConfig } = await deployment.container('synapse');
    expect(HostConfig.NanoCpus).toBe(0.8e9);
    expect(await deployment.ask('plan')).toMatchObject({ changes: [] });
  });

  it('must be repaired where somebody has changed it', async () => {
    const { Id } = await deployment.container('synapse');
    await host.run(['docker', 'update', '--cpus', '0.5', Id]);
    await deployment.exits(8, 'status');
    await deployment.exits(0, 'apply');
    expect((await deployment.container('synapse')).HostConfig.NanoCpus).toBe(0.8e9);
  });

  it('must be refused, before anything is changed, where the host has not as many', async () => {
    const before = await deployment.containerIds();
    await deployment.edit({ synapse: { cpus: 999 } });
    for (const command of ['plan', 'apply']) {
      expect((await deployment.exits(3, command)).stderr).toContain('synapse.cpus is 999');
    }
    expect(await deployment.containerIds()).toEqual(before);
    await deployment.edit({ synapse: { cpus: null } });
    await deployment.exits(0, 'apply');
  });
});

describe('an upload of 60 MB', () => {
  it('must come back as it was', async () => {
    await deployment.edit({ synapse: { max_upload_size: '100M' } });
    await deployment.exits(0, 'apply');
    await host.run(['sh', '-c', 'head -c 60000000 /dev/urandom >/root/sent']);

    const send = ['--header', 'Content-Type: application/octet-stream', '--data-binary', '@/root/sent'];
    const answer = await admin.curl(send, '/_matrix/media/v3/upload?filename=sent');
    const media = JSON.parse(answer).content_uri.replace('mxc://', '');
    await admin.curl(['--output', '/root/received'], `/_matrix/client/v1/media/download/${media}`);

    expect((await host.exec(['cmp', '/root/sent', '/root/received'])).exitCode).toBe(0);
  });
});

/** Runs Python in the container of a service. */
async function inside(service: string, script: string) {
  const { Id } = await deployment.container(service);
  return host.exec(['docker', 'exec', Id, 'python3', '-c', script]);
}

/** Whether a program in the network of a service, or of a container that is not ours, can reach a port. */
async function canConnect(service: string | undefined, address: string, port: number): Promise<boolean> {
  const network = service === undefined ? 'bridge' : `container:${(await deployment.container(service)).Id}`;
  const image = (await deployment.container('synapse')).Config.Image;
  const script = `import socket; socket.create_connection(('${address}', ${port}), 3)`;
  const python = ['--network', network, '--entrypoint', 'python3', image, '-c', script];
  return (await host.exec(['docker', 'run', '--rm', ...python])).exitCode === 0;
}
