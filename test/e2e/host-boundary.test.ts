import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { engineVersions } from '../lab/host.ts';
import { checkout } from '../lab/machine.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const project = 'matrix-localhost';
const port = 7777;
const listener = `require('net').createServer((s) => s.on('error', () => {}).end()).listen(${port}, '0.0.0.0')`;

interface PlanAnswer {
  changes: { resource: string; drift?: string[] }[];
}

describe.each(engineVersions)('with Docker Engine %s, a deployment of an earlier version', (engine) => {
  let deployment: Deployment;

  beforeAll(async () => {
    const host = await lab.host(`edge-${engine.replace('.', '-')}`, { images: stackImages, engine });
    deployment = new Deployment(host);
    await initAsBefore();
    await host.start(['node', '-e', listener]);
  });

  it('must be open on both sides, or this shows nothing', async () => {
    expect(await reachesHost('data')).toContain(true);
    expect(await reachDatabase()).toBe(true);
    expect(await askHomeserver('/_synapse/admin/v1/register')).toBe(200);
  });

  it('must be changed as planned, without a word of changes by hand, and keep its people', async () => {
    const { changes } = await deployment.ask<PlanAnswer>('plan');
    expect(changes.map(({ resource }) => resource)).toContain(`network ${project}_data`);
    expect(changes.filter(({ drift }) => drift)).toEqual([]);
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'status');
    await deployment.exits(0, 'plan', '--exit-code');
    await logInAsAdmin(deployment);
  });

  it('must then keep a container on the inner network from every address of the host', async () => {
    expect(await reachesHost('web')).toContain(true);
    expect(await reachesHost('data')).not.toContain(true);
  });

  it('must then keep the users of the host from the database', async () => {
    expect(await reachDatabase()).toBe(false);
  });

  it.each(['/_synapse/admin/v1/register', '/_synapse/admin/v1/server_version', '/_matrix/client/versions'])(
    'must then refuse the users of the host %s, from whichever of its addresses they ask',
    async (path) => {
      for (const source of await addresses()) {
        const made = ['--header', 'X-Forwarded-For: 203.0.113.7', '--header', 'X-Matrix-Deploy-Key: 0'];
        expect([source, await askHomeserver(path, '--interface', source, ...made)]).toEqual([source, 403]);
      }
    },
  );

  it('must then refuse them whatever they send', async () => {
    await deployment.host.run(['truncate', '--size', '1M', '/tmp/body']);
    const body = ['--request', 'POST', '--data-binary', '@/tmp/body'];
    expect(await askHomeserver('/_matrix/client/v3/login', ...body)).toBe(403);
  });

  it('must serve the tool, and software on the network of the proxy', async () => {
    await deployment.exits(0, 'users', 'list');
    const { Id, Config } = await deployment.container('synapse');
    const ask = [
      '--entrypoint',
      'curl',
      Config.Image,
      '--fail',
      `http://synapse:8008/_matrix/client/versions`,
    ];
    await deployment.host.run(['docker', 'run', '--rm', '--network', `${project}_web`, ...ask]);
    await deployment.host.run(['docker', 'exec', Id, 'curl', '--fail', 'http://127.0.0.1:8008/health']);
  });

  it('must stay so when the host starts again', async () => {
    const { host } = deployment;
    await host.powerOff();
    await host.boot();
    await deployment.exits(0, 'apply');
    await host.start(['node', '-e', listener]);
    expect(await reachesHost('web')).toContain(true);
    expect(await reachesHost('data')).not.toContain(true);
    expect(await reachDatabase()).toBe(false);
    expect(await askHomeserver('/_matrix/client/versions')).toBe(403);
  });

  /** Sets the server up by this version without what it does about the host. */
  async function initAsBefore(): Promise<void> {
    const { host, directory } = deployment;
    const before = '/srv/before';
    const program = ['bin', 'dist', 'templates', 'package.json'];
    await host.run(['mkdir', before]);
    await host.run(['cp', '-r', ...program.map((name) => `${checkout.onMachines}/${name}`), before]);
    const edit = (expression: string, template: string) =>
      host.run(['sed', '--in-place', expression, `${before}/templates/${template}`]);
    // By its version, apply knows that what another program had nothing left to do about must be looked at again.
    await host.run(['sed', '--in-place', 's/"version": ".*"/"version": "0.0.0"/', `${before}/package.json`]);
    await edit('/driver_opts:/,/inhibit_ipv4/d', 'docker-compose.yml');
    await edit('s/^    if is_from_container(.*/    if True:/', 'synapse/synapse_adjustments.py');
    const init = ['init', '--local', '--yes', '--server-name', 'localhost', '--dir', directory];
    await host.run(['node', `${before}/bin/matrix-deploy.cjs`, ...init]);
  }

  /** The host's own addresses of IPv4. */
  async function addresses(): Promise<string[]> {
    const all = await deployment.host.run(['hostname', '--all-ip-addresses']);
    return all.split(/\s+/).filter((address) => /^\d+(\.\d+){3}$/.test(address));
  }

  /** For each address of the host: can a container on a network reach what listens there, also past its own routes? */
  async function reachesHost(network: string): Promise<boolean[]> {
    const script = [
      'import json, socket',
      'def reaches(address, device):',
      '  try:',
      '    one = socket.socket(); one.settimeout(2)',
      '    if device: one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")',
      `    one.connect((address, ${port})); return True`,
      '  except OSError: return False',
      `print(json.dumps([reaches(a, d) for a in ${JSON.stringify(await addresses())} for d in (False, True)]))`,
    ].join('\n');
    const image = (await deployment.container('synapse')).Config.Image;
    const container = ['--network', `${project}_${network}`, '--user', '999', '--cap-drop', 'ALL'];
    const python = ['--entrypoint', 'python3', image, '-c', script];
    return JSON.parse(await deployment.host.run(['docker', 'run', '--rm', ...container, ...python]));
  }

  /** Runs a command as a user of the host who may do nothing. */
  function asNobody(...argv: string[]) {
    return deployment.host.exec(['runuser', '-u', 'nobody', '--', ...argv]);
  }

  /** Can such a user reach the database's port? */
  async function reachDatabase(): Promise<boolean> {
    const { NetworkSettings } = await deployment.container('postgres');
    const address = NetworkSettings.Networks[`${project}_data`]?.IPAddress;
    expect(address).toMatch(/^\d/);
    return (await asNobody('timeout', '3', 'bash', '-c', `: </dev/tcp/${address}/5432`)).exitCode === 0;
  }

  /** With what status the homeserver answers such a user at its container's address. */
  async function askHomeserver(path: string, ...options: string[]): Promise<number> {
    const { NetworkSettings } = await deployment.container('synapse');
    const url = `http://${NetworkSettings.Networks[`${project}_web`]?.IPAddress}:8008${path}`;
    const silent = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
    return Number((await asNobody('curl', ...silent, ...options, url)).stdout);
  }
});
