import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import type { HostOptions } from '../lab/lab.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { addUser, password } from './support/federating-server.ts';
import { type PublicInitAnswer, writeAnswers } from './support/public-server.ts';
import { fetchSignedName } from './support/server-keys.ts';
import { stackImages } from './support/stack-images.ts';
import { openPorts } from './support/web.ts';

const lab = await attachLab();
const stranger = await lab.host('stranger');

async function rent(name: string, options: HostOptions): Promise<Deployment> {
  const names = [`${name}.test`, `matrix.${name}.test`];
  return new Deployment(await lab.host(name, { ...options, names }), { serverName: `${name}.test` });
}

/** Sets up a public server; every expectation of it must be met. */
async function init(deployment: Deployment): Promise<void> {
  const { outside } = await deployment.ask<PublicInitAnswer>(...(await writeAnswers(deployment)));
  expect(outside.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
}

describe.each([
  ['oldest', '20.10'],
  ['newest', '28.5'],
] as const)('the %s engine, %s, without images', (name, engine) => {
  let deployment: Deployment;

  beforeAll(async () => {
    await Promise.all(stackImages.map((image) => lab.registry.serve(image)));
    deployment = await rent(name, { engine });
  });

  it('must set up a healthy server', () => init(deployment));

  it('must have it found and believed by another homeserver', async () => {
    expect(await fetchSignedName(stranger, deployment.serverName)).toBe(deployment.serverName);
  });

  it('must be open on ports 80 and 443 only', async () => {
    expect(await openPorts(stranger, deployment.host.address)).toEqual([80, 443]);
  });
});

describe('a host with 1 GB of memory', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await rent('small', { images: stackImages, memoryBytes: 2 ** 30 });
  });

  it('must set up a healthy server', () => init(deployment));

  it('must carry two users who talk', async () => {
    const { host, serverName } = deployment;
    const anybody = new Client({ from: stranger, url: `https://matrix.${serverName}` });
    const admin = await anybody.logIn('admin', await deployment.readFile('secrets/admin_password'));
    await addUser(deployment, 'friend');
    const friend = await anybody.logIn('friend', password);
    const room = await admin.createRoom({ invite: [`@friend:${serverName}`] });
    await friend.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const [index, text] of texts.entries()) {
      await (index % 2 === 0 ? admin : friend).say(room, text);
    }
    expect((await friend.read(room)).slice(0, 10)).toEqual(texts.slice(-10).reverse());
    expect(await killedForMemory(host)).toBe(0);
    await deployment.exits(0, 'status');
  });
});

/** How many of the host's processes the kernel has killed because memory ran out. */
async function killedForMemory(host: Host): Promise<number> {
  const everyCgroup = 'find /sys/fs/cgroup -name memory.oom_control -o -name memory.events';
  const counts = await host.run(['sh', '-c', `cat $(${everyCgroup}) | grep '^oom_kill '`]);
  return counts.split('\n').reduce((sum, line) => sum + Number(line.split(' ')[1] ?? 0), 0);
}
