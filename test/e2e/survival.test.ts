import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import type { Host } from '../lab/host.ts';
import { Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const stranger = await lab.host('stranger');

async function crashEngine(host: Host): Promise<void> {
  await host.killEngine();
  await host.startEngine();
}

async function cutPower(host: Host): Promise<void> {
  await host.powerOff();
  await host.boot();
}

async function setUpLocally(): Promise<{ deployment: Deployment; session: Client }> {
  const deployment = new Deployment(await lab.host('alpha', { images: stackImages }));
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
