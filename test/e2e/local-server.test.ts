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
  let byRoot: Deployment;
  let byOperator: Deployment;

  beforeAll(async () => {
    host = await lab.host(`e${engine.replace('.', '')}`, { engine, images: stackImages });
    await addOperator(host, 'olivia');
    byRoot = new Deployment(host);
    byOperator = new Deployment(host, {
      directory: '/home/olivia/matrix',
      serverName: 'olivia.localhost',
      operator: 'olivia',
    });
  });

  it('must give root a homeserver that serves', async () => {
    expect(await byRoot.init()).toMatchObject({ changed: true, url: 'https://localhost:8443' });
    await expectConversation(byRoot);
  });

  it('must be reachable from this host only', async () => {
    const { exitCode } = await lab.registry.exec(['curl', '--insecure', `https://${host.address}:8443/`]);
    expect(exitCode).toBe(refused);
  });

  it('must give an ordinary user the same, beside it, without a container that runs as root', async () => {
    const started = await startedDuring(byOperator, () => byOperator.init());
    expect(started.length).toBeGreaterThan(3);
    for (const { Config, HostConfig } of started) {
      expect(Config.User).toMatch(/^(999:999|991:991|65532:65532)$/);
      expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: null, Privileged: false });
    }
    await expectConversation(byOperator);
  });

  it('must choose another port when the usual one is taken', async () => {
    expect(await byOperator.init()).toMatchObject({ url: 'https://olivia.localhost:8444' });
  });

  it.each([
    ['root', () => byRoot],
    ['an ordinary user', () => byOperator],
  ])('must give the data of %s to the users of the containers', async (_, deployment) => {
    const owners = ['stat', '--format', '%u:%g %a', 'data/postgres', 'data/synapse'];
    expect(await host.run(owners, { cwd: deployment().directory })).toBe('999:999 700\n991:991 700');
  });

  it.each([
    ['init', ['init', '--local', '--yes']],
    ['apply', ['apply']],
  ])('must be so well done that %s finds nothing to do', async (_, command) => {
    const before = await byRoot.snapshot();
    await byRoot.exits(0, ...command);
    expect(await byRoot.snapshot()).toEqual(before);
  });
});

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
