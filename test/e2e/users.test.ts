import { beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, localClient, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const { image, tag, floor } = releases.synapse;

interface NewUser {
  userId: string;
  password: string;
}

// The oldest engine with the oldest homeserver, and the newest with the newest.
describe.each([
  ['20.10', floor],
  ['28.5', tag],
] as const)('accounts, with engine %s and Synapse %s', (engine, version) => {
  let deployment: Deployment;
  let anybody: Client;
  let bob: Client;
  let password: string;

  /** User IDs of a list. */
  const listed = async (...flags: string[]) => {
    const { users } = await deployment.ask<{ users: NewUser[] }>('users', 'list', ...flags);
    return users.map(({ userId }) => userId);
  };

  beforeAll(async () => {
    const images = [...new Set([...stackImages, `${image}:${version}`])];
    deployment = new Deployment(await lab.host(`users${engine.replace('.', '')}`, { engine, images }));
    await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
    await deployment.edit({ synapse: { image: `${image}:${version}` } });
    await deployment.init();
    anybody = await localClient(deployment);
  });

  it('must let a new user in with a password that was generated', async () => {
    const flags = ['--generate-password', '--display-name', 'Bob B.', '--email', 'bob@example.org'];
    const made = await deployment.ask<NewUser>('add-user', 'bob', ...flags);
    expect(made).toMatchObject({ created: true, userId: '@bob:localhost' });
    password = made.password;
    bob = await anybody.logIn('bob', password);
    const profile = await bob.call('GET', '/_matrix/client/v3/profile/@bob:localhost/displayname');
    expect(profile.body).toEqual({ displayname: 'Bob B.' });
    const emails = await bob.call('GET', '/_matrix/client/v3/account/3pid');
    expect(emails.body.threepids).toMatchObject([{ medium: 'email', address: 'bob@example.org' }]);
  });

  it('must tell a user who is there from a new one, and leave them as they were', async () => {
    const again = ['add-user', 'bob', '--admin', '--generate-password'];
    await deployment.exits(1, ...again);
    expect(await deployment.ask(...again, '--exists-ok')).toMatchObject({ created: false });
    expect(await bob.isLoggedIn()).toBe(true);
    expect(await listed('--admins')).toEqual(['@admin:localhost']);
  });

  it('must make nobody where the card for them could not be written', async () => {
    const card = ['--card-file', deployment.path('cards/lost.html')];
    await deployment.exits(2, 'add-user', 'lost', '--generate-password', ...card);
    expect(await listed('lost')).toEqual([]);
  });

  it('must make each user once, however many ask for it at once', async () => {
    const names = ['u1', 'u2', 'u3', 'u4', 'u5'];
    const results = await Promise.all(
      [...names, ...names].map((name) => deployment.cli('add-user', name, '--generate-password')),
    );
    expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect(await listed('u')).toEqual(names.map((name) => `@${name}:localhost`));
  });

  it('must hide its own account from the list', async () => {
    expect(await listed()).not.toContain('@matrix-deploy:localhost');
  });

  it('must make an admin of a user, and keep the last one', async () => {
    await deployment.exits(0, 'users', 'promote', 'bob');
    expect(await listed('--admins')).toEqual(['@admin:localhost', '@bob:localhost']);
    await deployment.exits(0, 'users', 'demote', 'admin');
    await deployment.exits(1, 'users', 'demote', 'bob');
    expect(await listed('--admins')).toEqual(['@bob:localhost']);
  });

  it('must keep a user out, and let them in again with all that they have', async () => {
    await deployment.exits(0, 'users', 'lock', 'bob', '--force');
    expect(await bob.isLoggedIn()).toBe(false);
    await deployment.exits(0, 'users', 'unlock', 'bob');
    expect(await bob.isLoggedIn()).toBe(true);
  });

  it('must show where a user is logged in, and log them out there', async () => {
    const { devices } = await deployment.ask<{ devices: { id: string }[] }>('users', 'devices', 'bob');
    expect(devices).toHaveLength(1);
    await deployment.exits(0, 'users', 'log-out', 'bob', '--device', String(devices[0]?.id));
    expect(await bob.isLoggedIn()).toBe(false);
  });

  it('must give a user another password, and log them out if told to', async () => {
    const session = await anybody.logIn('bob', password);
    const change = ['users', 'set-password', 'bob', '--generate-password'];
    await deployment.exits(0, ...change, '--no-log-out');
    expect(await session.isLoggedIn()).toBe(true);
    password = (await deployment.ask<NewUser>(...change, '--log-out')).password;
    expect(await session.isLoggedIn()).toBe(false);
    expect(await deployment.ask('users', 'show', 'bob')).toMatchObject({ devices: [] });
  });

  it('must end its own session when told to, and open another when it needs one', async () => {
    const token = await deployment.readFile('secrets/tool_session');
    expect(await anybody.as(token).isLoggedIn()).toBe(true);
    await deployment.exits(0, 'users', 'revoke-tool-session');
    expect(await anybody.as(token).isLoggedIn()).toBe(false);
    expect(await listed('bob')).toEqual(['@bob:localhost']);
  });

  it('must leave no password and no token in the log of the homeserver', async () => {
    const log = await deployment.run(['docker', 'compose', 'logs', 'synapse']);
    expect(log).toContain('/_synapse/admin/v1/register');
    expect(log).not.toContain(password);
    expect(log).not.toContain(await deployment.readFile('secrets/tool_session'));
  });

  it('must export what is held of a user, and nothing of others', async () => {
    // The fourth and the fifth login: Synapse would make a sixth wait for minutes.
    bob = await anybody.logIn('bob', password);
    const admin = await logInAsAdmin(deployment);
    const room = await admin.createRoom({ preset: 'public_chat' });
    await bob.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
    await bob.say(room, 'from bob');
    await admin.say(room, 'from the admin');
    const encrypted = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.encrypted/1`;
    await bob.call('PUT', encrypted, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgA' });
    await bob.curl(['--data-binary', 'a file of bob'], '/_matrix/media/v3/upload?filename=bob.txt');
    await bob.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/leave`, {});

    const listed = await deployment.ask<{ users: object[] }>('users', 'list', 'bob', '--devices');
    expect(listed.users).toMatchObject([{ media: { files: 1, bytes: 13 }, devices: 1 }]);
    expect(await deployment.ask('users', 'show', 'bob')).toMatchObject({ media: { files: 1 }, rooms: 0 });

    const to = '/root/bob';
    const { media } = await deployment.ask<{ media: object }>(
      'users',
      'export',
      'bob',
      '--to',
      to,
      '--media',
    );
    expect(media).toEqual({ files: 1, bytes: 13, isSaved: true, withheld: [] });
    const read = async (name: string) => (await deployment.host.readFile(`${to}/${name}`)).trim();
    const events = (await read('events.jsonl')).split('\n').map((line) => JSON.parse(line));
    expect(events.map(({ type, sender }) => `${type} ${sender}`)).toEqual([
      'm.room.member @bob:localhost',
      'm.room.message @bob:localhost',
      'm.room.encrypted @bob:localhost',
      'm.room.member @bob:localhost',
    ]);
    expect(JSON.parse(await read('account.json'))).toMatchObject({
      threepids: [{ address: 'bob@example.org' }],
    });
    expect(JSON.parse(await read('memberships.json'))).toEqual({ memberships: { [room]: 'leave' } });
    const [file] = JSON.parse(await read('media.json')).media;
    expect(file).toMatchObject({ upload_name: 'bob.txt' });
    expect(await read(`media-${file.media_id}`)).toBe('a file of bob');
    expect(await deployment.host.run(['find', to, '-perm', '/077'])).toBe('');
    await deployment.exits(2, 'users', 'export', 'bob', '--to', to);
  });

  it('must deactivate an account permanently', async () => {
    await deployment.exits(0, 'users', 'promote', 'admin');
    await deployment.exits(0, 'users', 'deactivate', 'bob', '--erase', '--confirm', '@bob:localhost');
    expect(await bob.isLoggedIn()).toBe(false);
    await deployment.exits(1, 'add-user', 'bob', '--generate-password');
  });

  it('must do nothing while the homeserver is stopped, and say what to do', async () => {
    await deployment.run(['docker', 'compose', 'stop', 'synapse']);
    const { stderr } = await deployment.exits(1, 'add-user', 'late', '--generate-password');
    expect(stderr).toMatch(/does not run: Exited[\s\S]*matrix-deploy apply/);
    await deployment.exits(0, 'apply');
    expect(await listed('late')).toEqual([]);
  });
});
