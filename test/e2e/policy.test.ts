import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { ranges } from '../lab/network.ts';
import { type Answer, Client } from './support/client.ts';
import type { Deployment } from './support/deployment.ts';
import { addUser, deployFederating, password } from './support/federating-server.ts';

/** Two addresses of the clients' machine that are not in a private range. One of them must never be fetched. */
const outside = { open: '11.22.33.1', closed: '11.22.33.2' };

// alpha begins with what is no default, beta has the defaults but for encryption.
const lab = await attachLab();
const [alpha, beta, clients] = await Promise.all([
  deployFederating(lab, 'alpha', {
    overrides: { url_preview_ip_range_whitelist: ranges },
    synapse: {
      public_rooms: { over_federation: true, publishers: ['alice'] },
      url_previews: { enabled: true, never_fetch: [outside.closed] },
      federation: { allow: ['beta.test'] },
      invites: { from: 'known-servers' },
      registration: 'token',
    },
  }),
  deployFederating(lab, 'beta', { synapse: { encrypt_new_rooms: 'all' } }),
  lab.host('clients', { names: ['page.test', 'gamma.test'] }),
]);
const [alice, carol, bob] = await Promise.all([
  user(alpha, 'alice'),
  user(alpha, 'carol'),
  user(beta, 'bob'),
]);

async function user(server: Deployment, localpart: string): Promise<Client & { id: string }> {
  const id = await addUser(server, localpart);
  const client = await anybodyOf(server).logIn(localpart, password);
  return Object.assign(client, { id });
}

function anybodyOf({ serverName }: Deployment): Client {
  return new Client({ from: clients, url: `https://matrix.${serverName}` });
}

/** The status of an answer. */
async function status(client: Client, method: string, path: string, body: object = {}): Promise<number> {
  return (await client.call(method, path, method === 'GET' ? undefined : body)).status;
}

function joining(client: Client, room: string, via: Pick<Deployment, 'serverName'>): Promise<number> {
  return status(client, 'POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}?via=${via.serverName}`);
}

function registerAsGuest(server: Deployment): Promise<Answer> {
  return anybodyOf(server).call('POST', '/_matrix/client/v3/register?kind=guest', {});
}

/** Makes a room for everybody, and puts it into the directory: the status of the answer to that. */
async function publishing(client: Client): Promise<number> {
  const room = await client.createRoom({ preset: 'public_chat' });
  return status(client, 'PUT', `/_matrix/client/v3/directory/list/room/${room}`, { visibility: 'public' });
}

/** The status of the answer to the request of a homeserver whose signature is not valid. */
async function asking(server: Deployment, origin: string): Promise<number> {
  const identity = `Authorization: X-Matrix origin="${origin}",destination="${server.serverName}",key="ed25519:a",sig="AAAA"`;
  const argv = ['--output', '/dev/null', '--write-out', '%{http_code}', '--header', identity];
  return Number(await anybodyOf(server).curl(argv, '/_matrix/federation/v1/publicRooms'));
}

function inviting(client: Client, room: string, guest: string): Promise<number> {
  return status(client, 'POST', `/_matrix/client/v3/rooms/${room}/invite`, { user_id: guest });
}

async function isEncrypted(client: Client, room: string): Promise<boolean> {
  return (await status(client, 'GET', `/_matrix/client/v3/rooms/${room}/state/m.room.encryption/`)) === 200;
}

async function presenceOf(client: Client & { id: string }): Promise<string> {
  const path = `/_matrix/client/v3/presence/${client.id}/status`;
  await client.call('PUT', path, { presence: 'online' });
  return (await client.call('GET', path)).body.presence;
}

/** @returns the media ID */
async function upload(client: Client, text: string): Promise<string> {
  const { body } = await client.call('POST', '/_matrix/media/v3/upload', { text });
  return body.content_uri.split('/').at(-1);
}

function downloading(client: Client, server: Deployment, media: string): Promise<number> {
  return status(client, 'GET', `/_matrix/client/v1/media/download/${server.serverName}/${media}`);
}

describe('the room directory', () => {
  const opening = (server: Deployment, owner: string) =>
    server.exits(0, 'rooms', 'create', '--public', '--name', 'Lobby', '--alias', 'lobby', '--owner', owner);
  const listed = async (client: Client, { serverName }: Deployment) => {
    const path = `/_matrix/client/v3/publicRooms?server=${serverName}`;
    const answer = await client.call('GET', path);
    return (
      answer.body.chunk?.map((room: { canonical_alias: string }) => room.canonical_alias) ?? answer.status
    );
  };

  it('must show another server what `rooms create --public` made, where it is shown', async () => {
    await opening(alpha, 'alice');
    expect(await listed(bob, alpha)).toEqual(['#lobby:alpha.test']);
  });

  it('must not be shown to other servers by default', async () => {
    await opening(beta, 'bob');
    expect(await listed(bob, beta)).toEqual(['#lobby:beta.test']);
    expect(await listed(alice, beta)).toBe(403);
  });

  it('must take rooms of those who may publish, and of nobody else', async () => {
    expect(await publishing(alice)).toBe(200);
    expect(await publishing(carol)).toBe(403);
    expect(await publishing(bob)).toBe(403);
  });
});

describe('an invitation from another server', () => {
  it('must be refused until that server shares a room, where only known ones may invite', async () => {
    const room = await bob.createRoom({ preset: 'public_chat' });
    expect(await inviting(bob, room, alice.id)).toBe(403);
    expect(await joining(carol, room, beta)).toBe(200);
    const isTaken = async () => (await inviting(bob, room, alice.id)) === 200;
    await waitUntil('that the server is known', isTaken, { everyMilliseconds: 2000 });
  });

  it('must arrive by default', async () => {
    const room = await alice.createRoom();
    expect(await inviting(alice, room, bob.id)).toBe(200);
  });
});

// A machine that is a web site by some names and addresses, and by another one a homeserver that takes no request.
const internet = `
  let knocks = 0;
  require('node:net').createServer((socket) => { knocks += 1; socket.destroy(); }).listen(8448);
  require('node:http').createServer(({ url }, response) =>
    url === '/knocks' ? response.end(String(knocks))
    : url === '/page' ? response.setHeader('Content-Type', 'text/html').end('<title>A page</title>')
    : response.writeHead(302, { Location: decodeURIComponent(url.slice(1)) }).end()
  ).listen(80, () => console.log('ready'));`;

beforeAll(async () => {
  for (const address of Object.values(outside)) {
    await clients.run(['ip', 'address', 'add', `${address}/32`, 'dev', 'eth0']);
    await alpha.host.run(['ip', 'route', 'add', address, 'via', clients.address]);
  }
  const server = await clients.spawn(['node', '--eval', internet]);
  await new Promise((resolve) => server.stdout.once('data', resolve));
  return () => server.kill();
});

describe('a server that is not on the list of those allowed', () => {
  const gamma = { serverName: 'gamma.test' };
  const knocks = async () => Number(await clients.run(['curl', '--silent', 'http://localhost/knocks']));

  it('must be refused by its name, whatever it has signed', async () => {
    expect(await asking(alpha, 'gamma.test')).toBe(403);
    expect(await asking(alpha, 'beta.test')).toBe(401);
    expect(await asking(beta, 'alpha.test')).toBe(401);
  });

  it('must not be asked for anything', async () => {
    expect(await status(alice, 'GET', '/_matrix/client/v3/publicRooms?server=gamma.test')).toBe(403);
    expect(await joining(alice, '!room:gamma.test', gamma)).not.toBe(200);
    expect(await knocks()).toBe(0);
    expect(await joining(bob, '!room:gamma.test', gamma)).not.toBe(200);
    expect(await knocks()).toBeGreaterThan(0);
  });
});

describe('a group with a space', () => {
  const invite = async (alias: string, openTo: string) => {
    const group = { name: alias, alias, open_to: openTo, rooms: [{ name: 'Deck', alias: `${alias}-deck` }] };
    await alpha.writeFile('group.yaml', JSON.stringify(group));
    await alpha.exits(0, 'invite', alpha.path('group.yaml'), '--owner', 'alice');
    return { space: `#${alias}:alpha.test`, room: `#${alias}-deck:alpha.test` };
  };

  it('must be joined from another server, space and then rooms, where it is open to every server', async () => {
    const { space, room } = await invite('crew', 'every-server');
    expect(await joining(bob, room, alpha)).toBe(403);
    expect(await joining(bob, space, alpha)).toBe(200);
    expect(await joining(bob, room, alpha)).toBe(200);
  });

  it('must be closed to other servers by default', async () => {
    const { space, room } = await invite('captains', 'this-server');
    expect(await joining(bob, space, alpha)).toBe(403);
    expect(await joining(carol, space, alpha)).toBe(200);
    expect(await joining(carol, room, alpha)).toBe(200);
  });
});

describe('a preview of a link', () => {
  const previewing = (url: string, user: Client = alice) =>
    user.call('GET', `/_matrix/client/v1/media/preview_url?url=${encodeURIComponent(url)}`);

  it('must be made of a page of the internet', async () => {
    expect((await previewing('http://page.test/page')).body).toMatchObject({ 'og:title': 'A page' });
    expect((await previewing(`http://${outside.open}/page`)).body).toMatchObject({ 'og:title': 'A page' });
  });

  it('must not be made by default', async () => {
    expect(await previewing('http://page.test/page', bob)).toMatchObject({ status: 404 });
  });

  it('must not be made of an address that must never be fetched, nor by a detour', async () => {
    const url = `http://${outside.closed}/page`;
    expect(await previewing(url)).toMatchObject({ status: 403 });
    expect(await previewing(`http://page.test/${encodeURIComponent(url)}`)).toMatchObject({ status: 403 });
    const byAnother = `http://page.test/${encodeURIComponent(`http://${outside.open}/page`)}`;
    expect((await previewing(byAnother)).body).toMatchObject({ 'og:title': 'A page' });
  });

  it('must not be made of an address inside, nor by a detour', async () => {
    const { NetworkSettings } = await alpha.container('synapse');
    const own = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => `${IPAddress}:8008`);
    expect(own).not.toEqual([]);
    const inside = [...own, '127.0.0.1:8008', '169.254.169.254'].map((address) => `http://${address}/`);
    // Synapse takes no IPv6 address that is written in a message.
    const elsewhere = [...inside, 'http://[::1]:8008/', 'http://[64:ff9b::7f00:1]:8008/'];
    const detours = elsewhere.map((url) => `http://page.test/${encodeURIComponent(url)}`);
    for (const url of [...inside, ...detours]) {
      expect({ url, status: (await previewing(url)).status }).toEqual({ url, status: 403 });
    }
  });
});

describe('by default', () => {
  it('must refuse guests', async () => {
    expect(await registerAsGuest(alpha)).toMatchObject({ status: 403 });
  });

  it('must show nobody online', async () => {
    expect(await presenceOf(alice)).toBe('offline');
  });

  it('must encrypt the room that an app makes for invited people, and no other', async () => {
    expect(await isEncrypted(alice, await alice.createRoom())).toBe(true);
    expect(await isEncrypted(alice, await alice.createRoom({ preset: 'public_chat' }))).toBe(false);
  });
});

describe('where all new rooms are to be encrypted', () => {
  it('must encrypt one for everybody, too', async () => {
    expect(await isEncrypted(bob, await bob.createRoom())).toBe(true);
    expect(await isEncrypted(bob, await bob.createRoom({ preset: 'public_chat' }))).toBe(true);
  });
});

describe('after a change of all that', () => {
  const month = 31 * 24 * 60 * 60 * 1000;
  let lobby = '';
  let room = '';
  const media = { ours: '', oursInUse: '', theirs: '', theirsInUse: '' };

  beforeAll(async () => {
    lobby = (await alice.call('GET', '/_matrix/client/v3/directory/room/%23lobby:alpha.test')).body.room_id;
    room = await alice.createRoom();
    for (const text of ['first old', 'second old', 'third old']) await alice.say(room, text);
    for (const name of ['ours', 'oursInUse'] as const) media[name] = await upload(alice, name);
    for (const name of ['theirs', 'theirsInUse'] as const) {
      media[name] = await upload(bob, name);
      expect(await downloading(alice, beta, media[name])).toBe(200);
    }
    await alpha.edit({
      synapse: {
        public_rooms: { publishers: 'everybody' },
        guest_access: true,
        presence: true,
        encrypt_new_rooms: 'none',
        federation: { allow: [] },
        retention: { messages: '30d', local_media: '30d', remote_media: '30d' },
      },
    });
  });

  it('the plan must name what changes, and what will be lost', async () => {
    const { changes, warnings } = await alpha.ask<{
      changes: { resource: string; cause: string }[];
      warnings: { setting: string }[];
    }>('plan');
    expect(changes).toContainEqual(
      expect.objectContaining({
        resource: 'service synapse',
        cause: expect.stringContaining('synapse/homeserver.yaml: '),
      }),
    );
    expect(warnings.map(({ setting }) => setting)).toEqual([
      'synapse.retention.messages',
      'synapse.retention.local_media',
    ]);
    await alpha.exits(0, 'apply');
  });

  it('a server that is no longer allowed must not get in', async () => {
    expect(await joining(bob, lobby, alpha)).not.toBe(200);
    const { body } = await alice.call('GET', `/_matrix/client/v3/rooms/${lobby}/joined_members`);
    expect(Object.keys(body.joined)).toEqual([alice.id]);
    expect(await asking(alpha, 'beta.test')).toBe(403);
  });

  it('a server that is no longer allowed must not be asked for anything', async () => {
    const room = await bob.createRoom({ preset: 'public_chat' });
    expect(await joining(alice, room, beta)).not.toBe(200);
    expect(await status(alice, 'GET', '/_matrix/client/v3/publicRooms?server=beta.test')).toBe(403);
    expect(await inviting(alice, await alice.createRoom(), bob.id)).toBe(403);
  });

  it('guests must get into the rooms that admit them, and into no other', async () => {
    const { status: registered, body } = await registerAsGuest(alpha);
    expect(registered).toBe(200);
    const guest = anybodyOf(alpha).as(body.access_token);
    const admits = (guest_access: string) =>
      alice.createRoom({
        preset: 'public_chat',
        initial_state: [{ type: 'm.room.guest_access', state_key: '', content: { guest_access } }],
      });
    expect(await joining(guest, await admits('can_join'), alpha)).toBe(200);
    expect(await joining(guest, await admits('forbidden'), alpha)).toBe(403);
  });

  it('everybody must be able to publish rooms', async () => {
    expect(await publishing(carol)).toBe(200);
  });

  it('users must be seen online', async () => {
    expect(await presenceOf(alice)).toBe('online');
  });

  it('a new room must not be encrypted unless the app asks for it', async () => {
    expect(await isEncrypted(alice, await alice.createRoom())).toBe(false);
  });

  it('what is older than the retention must be deleted, and nothing else', async () => {
    const [ours, theirs] = [media.ours, media.theirs];
    await alpha.query(`
      update events set received_ts = received_ts - ${month};
      update local_media_repository set created_ts = created_ts - ${month}, last_access_ts = last_access_ts - ${month}
        where media_id = '${ours}';
      update remote_media_cache set last_access_ts = last_access_ts - ${month} where media_id = '${theirs}'`);
    await lookForOldEverySecond();
    await alice.say(room, 'new');
    const isThere = (text: string) =>
      alpha.query(`select exists (select from event_json where json like '%"${text}"%')`);
    await waitUntil('that the message is gone', async () => (await isThere('first old')) === 'f', {
      everyMilliseconds: 300,
    });
    expect(await isThere('new')).toBe('t');
    await waitUntil('that our file is gone', async () => (await downloading(alice, alpha, ours)) === 404);
    const kept = await alpha.query('select media_id from remote_media_cache');
    expect(kept).toBe(media.theirsInUse);
    expect(await downloading(alice, alpha, media.oursInUse)).toBe(200);
  });

  /** Synapse looks for old messages twice a day and for old media once an hour: too seldom for a test. */
  async function lookForOldEverySecond(): Promise<void> {
    await alpha.run(['sed', '-i', 's/interval: "12h"/interval: "1s"/', 'synapse/homeserver.yaml']);
    const sooner = `
import synapse.media.media_repository
from synapse.util.duration import Duration
synapse.media.media_repository.MEDIA_RETENTION_CHECK_PERIOD = Duration(seconds=1)
`;
    const adjustments = 'synapse/synapse_adjustments.py';
    await alpha.writeFile(adjustments, (await alpha.readFile(adjustments)) + sooner);
    await alpha.run(['docker', 'compose', 'restart', 'synapse']);
  }
});
