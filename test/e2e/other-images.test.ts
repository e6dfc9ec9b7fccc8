import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: [...stackImages, 'postgres:18'] });
const deployment = new Deployment(host);
let admin: Client;

const volumes = () => host.run(['docker', 'volume', 'ls', '--quiet']);

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
  await deployment.edit({ postgres: { image: 'postgres:18' } });
  await deployment.init();
  admin = await logInAsAdmin(deployment);
});

describe('Postgres 18, whose image declares a volume above its data', () => {
  it('must leave no volume behind, and keep the data, when its container is removed', async () => {
    await deployment.exits(0, 'destroy', '--yes');
    expect(await volumes()).toBe('');
    await deployment.exits(0, 'apply');
    expect(await admin.isLoggedIn()).toBe(true);
  });
});

describe('an image of Synapse without Python', () => {
  it('must be told as such, before anything of what serves is touched', async () => {
    const before = await deployment.containerIds();
    await deployment.edit({ synapse: { image: testedImage('postgres') } });
    const { exitCode, stderr } = await deployment.cli('apply');
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining('python3') });
    expect(stderr).not.toContain('bug');
    expect(await deployment.containerIds()).toEqual(before);
    expect(await admin.isLoggedIn()).toBe(true);
  });
});
