import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import type { Host } from '../lab/host.ts';
import { Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const alpha = await lab.host('alpha', { images: stackImages });
const stranger = await lab.host('stranger');

async function crashEngine(host: Host): Promise<void> {
  await host.killEngine();
  await host.startEngine();
}

async function cutPower(host: Host): Promise<void> {
  await host.powerOff();
  await host.boot();
}

/** Sets up a local server, or finds it set up. */
async function setUpLocally(): Promise<{ deployment: Deployment; session: Client }> {
  const deployment = new Deployment(alpha);
  await deployment.init();
  return { deployment, session: await logInAsAdmin(deployment) };
}

async function setUpPublicly(): Promise<{ deployment: Deployment; session: Client }> {
  const names = ['beta.test', 'matrix.beta.test'];
  const host = await lab.host('beta', { images: stackImages, names });
  const deployment = new Deployment(host, { serverName: 'beta.test' });
  await deployment.exits(0, ...initPublicly(deployment));
  const anybody = new Client({ from: stranger, url: 'https://matrix.beta.test' });
  const password = await deployment.readFile('secrets/admin_password');
  return { deployment, session: await anybody.logIn('admin', password) };
}

describe.each([
  ['local', setUpLocally],
  ['public', setUpPublicly],
])('a %s server', (_, setUp) => {
  let deployment: Deployment;
  let session: Client;
  let key: string;
  let orders: number;

  beforeAll(async () => {
    ({ deployment, session } = await setUp());
    key = await deployment.readFile('secrets/signing.key');
    orders = await lab.acme.orders();
  });

  it.each([
    ['the engine was killed', crashEngine],
    ['the power was cut', cutPower],
  ])('must serve again by itself, within 30 seconds, after %s', async (_strike, strike) => {
    await strike(deployment.host);
    const answers = () => session.isLoggedIn().catch(() => false);
    await waitUntil('an answer to an old session', answers, { seconds: 30, everyMilliseconds: 200 });
    expect(await deployment.readFile('secrets/signing.key')).toBe(key);
    expect(await lab.acme.orders()).toBe(orders);
    await deployment.exits(0, 'status');
  });
});

describe('a homeserver that is there before its database', () => {
  let deployment: Deployment;
  let session: Client;

  beforeAll(async () => {
    ({ deployment, session } = await setUpLocally());
  });

  const compose = (...argv: string[]) => deployment.run(['docker', 'compose', ...argv]);

  beforeEach(async () => {
    await compose('stop', 'postgres', 'synapse');
    await compose('up', '--no-deps', '--detach', 'synapse');
    const waits = async () => (await compose('logs', '--tail=1', 'synapse')).includes('waiting for');
    await waitUntil('a homeserver that waits', waits, { seconds: 20, everyMilliseconds: 200 });
  });

  it('must wait for it, and load no second time', async () => {
    await compose('up', '--no-deps', '--detach', 'postgres');
    const answers = () => session.isLoggedIn().catch(() => false);
    await waitUntil('an answer to an old session', answers, { seconds: 30, everyMilliseconds: 200 });
    expect((await deployment.container('synapse')).RestartCount).toBe(0);
  });

  it('must end as soon as it is told to', async () => {
    await compose('stop', 'synapse');
    expect((await deployment.container('synapse')).State.ExitCode).toBe(143);
  });
});
