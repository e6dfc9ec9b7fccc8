import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { type Client, localClient, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { IrcServer } from './support/irc-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('heisenbridge')];
const alpha = await lab.host('alpha', { images });
const irc = await IrcServer.rent(lab);
const deployment = new Deployment(alpha);
let owner: Client;
let channel: string;

beforeAll(async () => {
  await deployment.init();
  owner = await logInAsAdmin(deployment);
  await deployment.edit({ heisenbridge: { owner: 'admin' } });
  await deployment.exits(0, 'apply');
});

const registration = async () =>
  JSON.parse(await deployment.readFile('secrets/heisenbridge_registration.json'));
const homeserverSettings = async () => parse(await deployment.readFile('synapse/homeserver.yaml'));

/** What the homeserver says of who has this access token. */
const whoIs = async (token: string) =>
  (await (await localClient(deployment)).as(token).call('GET', '/_matrix/client/v3/account/whoami')).body;

const invitations: string[] = [];
let since = '';

/** Follows the next invitation, as soon as it comes. A sync from the beginning would be answered as before: Synapse keeps the answer. */
async function follow(): Promise<string> {
  await waitUntil('an invitation by the bridge', async () => {
    const { body } = await owner.call('GET', `/_matrix/client/v3/sync?timeout=1000${since}`);
    since = `&since=${body.next_batch}`;
    invitations.push(...Object.keys(body.rooms?.invite ?? {}));
    return invitations.length > 0;
  });
  const room = String(invitations.shift());
  const { status } = await owner.call('POST', `/_matrix/client/v3/rooms/${room}/join`, {});
  expect(status).toBe(200);
  return room;
}

function hears(room: string, text: string): Promise<void> {
  return waitUntil(`the owner reads ${text}`, async () =>
    (await owner.read(room)).some((message) => message.includes(text)),
  );
}

describe('heisenbridge', () => {
  it('must be a part of the server with its section in matrix.yaml', async () => {
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
    expect(await deployment.ask('plan')).toMatchObject({ changes: [] });
    expect(await whoIs((await registration()).as_token)).toMatchObject({
      user_id: '@heisenbridge:localhost',
    });
  });

  it('must lead its owner to a channel of IRC', async () => {
    const control = await follow();
    await owner.say(control, 'ADDNETWORK lab');
    await hears(control, 'Network added.');
    await owner.say(control, `ADDSERVER lab ${irc.name} ${irc.port}`);
    await hears(control, 'Server added.');
    await owner.say(control, 'OPEN lab');
    const network = await follow();
    await owner.say(network, 'CONNECT');
    await hears(network, 'End of MOTD');
    await owner.say(network, `JOIN ${irc.channel}`);
    channel = await follow();
  });

  it('must pass a message to IRC', async () => {
    await owner.say(channel, 'hello from Matrix');
    await waitUntil('the IRC user reads it', async () => (await irc.heard()).includes('hello from Matrix'));
  });

  it('must pass a message to Matrix', async () => {
    await irc.say('hello from IRC');
    await hears(channel, 'hello from IRC');
  });

  it('must go on with other tokens, and lose the ones before', async () => {
    const before = await registration();
    await deployment.exits(0, 'secrets', 'rotate', 'heisenbridge_tokens', '--yes');
    const after = await registration();
    expect([before.as_token, before.hs_token]).not.toContain(after.as_token);
    expect(await whoIs(before.as_token)).toMatchObject({ errcode: 'M_UNKNOWN_TOKEN' });
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
  });

  it('must be gone once its section is, and leave the homeserver as it was', async () => {
    const { as_token } = await registration();
    await deployment.edit({ heisenbridge: undefined });
    await deployment.exits(0, 'apply');
    expect(Object.keys(await deployment.containerIds()).sort()).toEqual(['postgres', 'synapse', 'traefik']);
    expect(await homeserverSettings()).not.toHaveProperty('app_service_config_files');
    expect(await whoIs(as_token)).toMatchObject({ errcode: 'M_UNKNOWN_TOKEN' });
    await owner.say(channel, 'still here');
    expect(await owner.read(channel)).toContain('still here');
  });
});
