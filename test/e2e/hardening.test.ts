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
let output: string;
let processes: string;

beforeAll(async () => {
  await host.start(['sh', '-c', recordProcesses]);
  const { stdout, stderr } = await deployment.exits(0, 'init', '--local', '--yes');
  await host.run(['rm', recording]);
  processes = await host.readFile('/tmp/processes');
  output = stdout + stderr;
  admin = await logInAsAdmin(deployment);
});

const recording = '/tmp/recording';
/** Keeps, while a file is there, the arguments and environments of all processes that it sees. */
const recordProcesses = `
  touch ${recording}
  while [ -e ${recording} ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' >>/tmp/processes; done`;

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

describe('a secret', () => {
  it.each([
    ['what the command says', async () => output],
    ['the processes of the host while it is set up', async () => processes],
    ['the definitions of the containers', async () => JSON.stringify(await deployment.containers())],
    ['the environments of the running programs', environments],
    ['any other file', () => deployment.run(['sh', '-c', otherFiles])],
    ['the logs', () => deployment.run(['docker', 'compose', 'logs'])],
  ])('must not be in %s', async (_, read) => {
    const text = await read();
    expect(text.length).toBeGreaterThan(100);
    for (const [name, value] of Object.entries(await deployment.secrets())) {
      for (const part of secretParts(name, value)) expect(text, name).not.toContain(part);
    }
  });

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

  it('must be out of reach for the proxy and for other containers', async () => {
    const { NetworkSettings } = await deployment.container('postgres');
    const [network] = Object.values(NetworkSettings.Networks);
    const address = network?.IPAddress ?? '';
    expect(await canConnect('synapse', address, 5432)).toBe(true);
    expect(await canConnect('traefik', address, 5432)).toBe(false);
    expect(await canConnect(undefined, address, 5432)).toBe(false);
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

/** Shows what stands in the deployment directory outside secrets/ and data/. */
const otherFiles = 'find . -type d \\( -name secrets -o -name data \\) -prune -o -type f -exec cat {} +';

/** Values that must be seen nowhere else: of a file with names and values, the value. */
function secretParts(name: string, value: string): string[] {
  if (name === 'signing.key') return [value.trim().split(' ').at(-1) ?? ''];
  if (value.includes('PRIVATE KEY')) return [value.split('\n')[1] ?? ''];
  return value.includes('CERTIFICATE') || value.startsWith('[') ? [] : [value.trim()];
}

async function environments(): Promise<string> {
  const pids = (await deployment.containers()).map(({ State }) => `/proc/${State.Pid}/environ`);
  return host.run(['cat', ...pids]);
}

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
