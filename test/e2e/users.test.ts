import { beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, localClient } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const { image, tag, floor } = releases.synapse;

interface Invitation {
  created: boolean;
  userId: string;
  password?: string;
}

interface Listed {
  userId: string;
  admin: boolean;
}

// The oldest engine with the oldest homeserver, and the newest with the newest.
describe.each([
  ['20.10', floor],
  ['28.5', tag],
] as const)('accounts, with engine %s and Synapse %s', (engine, synapse) => {
  let deployment: Deployment;
  let anybody: Client;

  beforeAll(async () => {
    const images = [...new Set([...stackImages, `${image}:${synapse}`])];
    const host = await lab.host(`users${engine.replace('.', '')}`, { engine, images });
    deployment = new Deployment(host);
    await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
    await deployment.edit({ synapse: { image: `${image}:${synapse}` } });
    await deployment.init();
    anybody = await localClient(deployment);
  });

  it('must let a new user in with a password that was generated', async () => {
    const flags = ['--generate-password', '--display-name', 'Bob B.', '--email', 'bob@example.org'];
    const { created, userId, password } = await deployment.ask<Invitation>('add-user', 'bob', ...flags);
    expect({ created, userId }).toEqual({ created: true, userId: '@bob:localhost' });
    const bob = await anybody.logIn('bob', String(password));
    const profile = await bob.call('GET', '/_matrix/client/v3/profile/@bob:localhost/displayname');
    expect(profile.body).toEqual({ displayname: 'Bob B.' });
    const emails = await bob.call('GET', '/_matrix/client/v3/account/3pid');
    expect(emails.body.threepids).toMatchObject([{ medium: 'email', address: 'bob@example.org' }]);
  });

  it('must tell a user who is there from a new one, and leave the password', async () => {
    const again = ['add-user', 'bob', '--generate-password'];
    expect((await deployment.exits(1, ...again)).stderr).toContain('there is a user @bob:localhost already');
    expect(await deployment.ask(...again, '--exists-ok')).toMatchObject({ created: false });
  });
});
