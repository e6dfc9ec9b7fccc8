import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { addOperator, Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
await addOperator(host, 'olivia');
const deployment = new Deployment(host, {
  directory: '/home/olivia/matrix',
  serverName: 'olivia.localhost',
  operator: 'olivia',
});

let session: Client;
let witnesses: string;

beforeAll(async () => {
  await host.run(['docker', 'network', 'create', 'foreign']);
  const volume = ['--network', 'foreign', '--volume', 'foreign:/data'];
  await host.run(['docker', 'run', '--detach', '--name', 'foreign', ...volume, testedImage('traefik')]);
  witnesses = await everything();
  await deployment.init();
  session = await logInAsAdmin(deployment);
});

/** All that an engine has: containers, networks, volumes. */
async function everything(): Promise<string> {
  const lists = ['docker ps --all --quiet', 'docker network ls --quiet', 'docker volume ls --quiet'];
  return host.run(['sh', '-c', lists.join('; ')]);
}

describe('destroy', () => {
  it('must remove the containers, and keep what brings the same server back', async () => {
    const key = await deployment.readFile('secrets/signing.key');
    await deployment.exits(0, 'destroy', '--yes');
    expect(await everything()).toBe(witnesses);
    await deployment.exits(0, 'apply');
    expect(await session.isLoggedIn()).toBe(true);
    expect(await deployment.readFile('secrets/signing.key')).toBe(key);
  });
});

describe('destroy --delete-data', () => {
  it.each([
    ['another name', ['--confirm', 'wrong.localhost']],
    ['no more than yes', ['--yes']],
  ])('must delete nothing when it is given %s', async (_, flags) => {
    const before = await deployment.snapshot();
    await deployment.exits(2, 'destroy', '--delete-data', ...flags);
    expect(await deployment.snapshot()).toEqual(before);
    expect(await session.isLoggedIn()).toBe(true);
  });

  it('must leave nothing but what is not its own', async () => {
    await host.writeFile(deployment.path('notes.txt'), 'not of matrix-deploy');
    await deployment.exits(0, 'destroy', '--delete-data', '--confirm', deployment.serverName);
    expect(await everything()).toBe(witnesses);
    expect(await host.run(['ls', '-A', deployment.directory])).toBe('notes.txt');
  });
});
