import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { logInAsAdmin } from './support/client.ts';
import { addOperator, Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';
import { startedDuring } from './support/started-containers.ts';

const lab = await attachLab();

describe.each(['20.10', '26.1', '28.5'] as const)('init --local --yes with engine %s', (engine) => {
  let host: Host;
  let deployment: Deployment;

  beforeAll(async () => {
    host = await lab.host(`e${engine.replace('.', '')}`, { engine, images: stackImages });
    deployment = new Deployment(host);
  });

  it('must give a homeserver that serves', async () => {
    expect(await deployment.init()).toMatchObject({ changed: true, url: 'https://localhost:8443' });
    await expectConversation(deployment);
  });

  it('must be reachable from this host only', async () => {
    const { exitCode } = await lab.registry.exec(['curl', '--insecure', `https://${host.address}:8443/`]);
    expect(exitCode).toBe(refused);
  });

  it('must give the data to the users of the containers', () => expectOwners(host, deployment));

  it.each([
    ['init', ['init', '--local', '--yes']],
    ['apply', ['apply']],
  ])('must be so well done that %s finds nothing to do', async (_, command) => {
    const before = await deployment.snapshot();
    await deployment.exits(0, ...command);
    expect(await deployment.snapshot()).toEqual(before);
  });
});

describe('init --local --yes by a member of the docker group', () => {
  let host: Host;
  let deployment: Deployment;

  beforeAll(async () => {
    host = await lab.host('olivias', { engine: '26.1', images: stackImages });
    await addOperator(host, 'olivia');
    await host.start(['node', '-e', 'require("node:net").createServer().listen(8443, "127.0.0.1")']);
    deployment = new Deployment(host, {
      directory: '/home/olivia/matrix',
      serverName: 'olivia.localhost',
      operator: 'olivia',
    });
  });

  it('must give a homeserver that serves, without a container that runs as root', async () => {
    const started = await startedDuring(deployment, () => deployment.init());
    expect(started.length).toBeGreaterThan(3);
    for (const { Config, HostConfig } of started) {
      expect(Config.User).toMatch(/^(999:999|991:991|65532:65532)$/);
      expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: null, Privileged: false });
    }
    await expectConversation(deployment);
  });

  it('must choose another port when the usual one is taken', async () => {
    expect(await deployment.init()).toMatchObject({ url: 'https://olivia.localhost:8444' });
  });

  it('must give the data to the users of the containers', () => expectOwners(host, deployment));
});

async function expectOwners(host: Host, { directory }: Deployment): Promise<void> {
  const owners = ['stat', '--format', '%u:%g %a', 'data/postgres', 'data/synapse'];
  expect(await host.run(owners, { cwd: directory })).toBe('999:999 700\n991:991 700');
}

/** What curl says when nobody listens. */
const refused = 7;

/** Somebody can log in, write and read, and everything is found well. */
async function expectConversation(deployment: Deployment): Promise<void> {
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom();
  await admin.say(room, 'hello');
  expect(await admin.read(room)).toEqual(['hello']);
  expect(await deployment.ask('status')).toMatchObject({ healthy: true, pendingChanges: 0 });
}
