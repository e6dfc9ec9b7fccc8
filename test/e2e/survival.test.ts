import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
let session: Client;
let key: string;

beforeAll(async () => {
  await deployment.init();
  session = await logInAsAdmin(deployment);
  key = await deployment.readFile('secrets/signing.key');
});

async function crashEngine(): Promise<void> {
  await host.killEngine();
  await host.startEngine();
}

async function cutPower(): Promise<void> {
  await host.powerOff();
  await host.boot();
}

describe('a deployment', () => {
  it.each([
    ['the engine was killed', crashEngine],
    ['the power was cut', cutPower],
  ])('must serve again by itself after %s', async (_, strike) => {
    await strike();
    await waitUntil('an answer', () => session.isLoggedIn().catch(() => false), {
      seconds: 30,
      everyMilliseconds: 200,
    });
    expect(await deployment.readFile('secrets/signing.key')).toBe(key);
    await deployment.exits(0, 'status');
  });
});
