import { beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Answer, type Client, localClient, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const { image, tag, floor } = releases.synapse;

const registerPath = '/_matrix/client/v3/register';
const settings = (name: string) => ({
  username: name,
  password: 'correct horse battery staple',
  inhibit_login: false,
});

interface Deleted {
  removed: string[];
}

/** Registers as a client does: asks for the way, proves to have the token, then is done. */
async function register(anybody: Client, name: string, token: string): Promise<Answer> {
  const asked = await anybody.call('POST', registerPath, settings(name));
  if (asked.status !== 401) return asked;
  const { session, flows } = asked.body;
  expect(flows).toEqual([{ stages: ['m.login.registration_token', 'm.login.dummy'] }]);
  const proof = { type: 'm.login.registration_token', token, session };
  const proved = await anybody.call('POST', registerPath, { ...settings(name), auth: proof });
  if (!proved.body.completed?.includes('m.login.registration_token')) return proved;
  return anybody.call('POST', registerPath, { ...settings(name), auth: { type: 'm.login.dummy', session } });
}

describe.each([
  ['20.10', floor],
  ['28.5', tag],
] as const)('newcomers and their rooms, with engine %s and Synapse %s', (engine, version) => {
  let deployment: Deployment;
  let anybody: Client;
  let stranger: Client;
  let roomId: string;

  beforeAll(async () => {
    const images = [...new Set([...stackImages, `${image}:${version}`])];
    deployment = new Deployment(await lab.host(`guests${engine.replace('.', '')}`, { engine, images }));
    await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
    const limits = { per_second: 100, burst_count: 100 };
    await deployment.edit({
      synapse: { image: `${image}:${version}`, overrides: { rc_registration: limits } },
    });
    await deployment.init();
    anybody = await localClient(deployment);
  });

  it('must let nobody register, make no token for it, and say what to change', async () => {
    expect(await anybody.call('POST', registerPath, settings('early'))).toMatchObject({ status: 403 });
    const { stderr } = await deployment.exits(1, 'tokens', 'create');
    expect(stderr).toContain('`registration: token` below `synapse:`');
    expect(await deployment.ask('tokens', 'list')).toMatchObject({ registration: 'closed', tokens: [] });
  });

  it('must turn registration on by token, and name the cause in the plan', async () => {
    await deployment.edit({ synapse: { registration: 'token' } });
    const { stdout } = await deployment.exits(0, 'plan');
    expect(stdout).toContain('enable_registration');
    await deployment.exits(0, 'apply');
  });

  it('must let a stranger in with a token, as often as it says', async () => {
    const { token } = await deployment.ask<{ token: string }>('tokens', 'create');
    const { status, body } = await register(anybody, 'stranger', token);
    expect(status).toBe(200);
    stranger = anybody.as(body.access_token);
    expect(await stranger.isLoggedIn()).toBe(true);
    expect(await register(anybody, 'second', token)).toMatchObject({ status: 401 });
    expect(await deployment.ask('tokens', 'list')).toMatchObject({
      registration: 'token',
      tokens: [{ token, state: 'used up', completed: 1, pending: 0, left: 0 }],
    });
  });

  it('must refuse a token that is revoked, over, or nobody’s', async () => {
    await deployment.exits(0, 'tokens', 'create', '--token', 'taken-back', '--uses', 'unlimited');
    await deployment.exits(1, 'tokens', 'create', '--token', 'taken-back');
    await deployment.exits(0, 'tokens', 'revoke', 'taken-back');
    await deployment.exits(1, 'tokens', 'revoke', 'taken-back');
    await deployment.exits(0, 'tokens', 'create', '--token', 'over', '--expires', '1h');
    await expireToken('over');
    for (const token of ['taken-back', 'over', 'made-up']) {
      expect(await register(anybody, 'nobody', token)).toMatchObject({ status: 401 });
    }
    expect(await deployment.ask('tokens', 'list', '--good')).toMatchObject({ tokens: [] });
  });

  it('must make a space with rooms, once, and let those come in who have the one token', async () => {
    const room = (alias: string) => ({ name: `The ${alias}`, alias });
    const group = (...aliases: string[]) => ({
      name: 'Rowing',
      alias: 'rowing',
      rooms: aliases.map(room),
    });
    const invite = async (file: object, ...flags: string[]) => {
      await deployment.writeFile('rowing.yaml', JSON.stringify(file));
      return deployment.exits(0, 'invite', deployment.path('rowing.yaml'), '--json', ...flags);
    };
    const first = JSON.parse((await invite(group('lobby', 'boats'), '--uses', '1')).stdout);
    expect(first).toMatchObject({
      space: { alias: '#rowing:localhost', created: true, owner: '@admin:localhost' },
      rooms: [
        { alias: '#lobby:localhost', result: 'made', encrypted: true, owner: '@admin:localhost' },
        { alias: '#boats:localhost', result: 'made', encrypted: true },
      ],
      tokenCreated: true,
    });
    const card = deployment.path('card.html');
    const again = JSON.parse((await invite(group('lobby', 'boats', 'bar'), '--card-file', card)).stdout);
    expect(again).toMatchObject({
      space: { roomId: first.space.roomId, created: false },
      rooms: [{ result: 'there' }, { result: 'there' }, { alias: '#bar:localhost', result: 'made' }],
      token: { token: first.token.token },
      tokenCreated: false,
    });
    const page = await deployment.readFile('card.html');
    for (const part of [first.token.token, 'recovery key', '<svg']) expect(page).toContain(part);
    const { status, body } = await register(anybody, 'rower', first.token.token);
    expect(status).toBe(200);
    const rower = anybody.as(body.access_token);
    const bar = `/_matrix/client/v3/join/${encodeURIComponent('#bar:localhost')}`;
    expect(await rower.call('POST', bar, {})).toMatchObject({ status: 403 });
    const space = encodeURIComponent('#rowing:localhost');
    expect(await rower.call('POST', `/_matrix/client/v3/join/${space}`, {})).toMatchObject({ status: 200 });
    const spacePath = encodeURIComponent(first.space.roomId);
    const inside = await rower.call('GET', `/_matrix/client/v1/rooms/${spacePath}/hierarchy`);
    expect(inside.body.rooms).toHaveLength(4);
    expect(await rower.call('POST', bar, {})).toMatchObject({ status: 200 });
    // The token is used up: the next invitation has another.
    expect(JSON.parse((await invite(group('lobby'))).stdout)).toMatchObject({ tokenCreated: true });
    await deployment.exits(0, 'users', 'deactivate', 'rower', '--confirm', '@rower:localhost');
  });

  it('must make nothing where an alias leads to something else, and say it with the line of a mistake', async () => {
    await deployment.writeFile(
      'wrong.yaml',
      '{"name": "A", "alias": "lobby", "rooms": [{"name": "B", "alias": "new"}]}',
    );
    const { stderr } = await deployment.exits(1, 'invite', deployment.path('wrong.yaml'));
    expect(stderr).toContain('#lobby:localhost is a room, and no space');
    await deployment.writeFile('wrong.yaml', 'name: A\nalias: "a b"\nrooms: []\n');
    const refused = await deployment.exits(3, 'invite', deployment.path('wrong.yaml'));
    expect(refused.stderr).toMatch(/wrong\.yaml:2: .*\n.*wrong\.yaml:3: /);
    await deployment.exits(1, 'rooms', 'show', 'new');
  });

  it('must take nothing that others made, unless they are named, or that the invited could not enter', async () => {
    const refusal = async (file: object, ...flags: string[]) => {
      await deployment.writeFile('taken.yaml', JSON.stringify(file));
      return (await deployment.exits(1, 'invite', deployment.path('taken.yaml'), ...flags)).stderr;
    };
    const trap = { name: 'Trap', alias: 'trap', rooms: [{ name: 'Pit', alias: 'pit' }] };
    const spaceId = await stranger.createRoom({
      preset: 'private_chat',
      room_alias_name: 'trap',
      creation_content: { type: 'm.space' },
    });
    expect(await refusal(trap)).toContain('#trap:localhost was created by @stranger:localhost');
    expect(await refusal(trap, '--owner', 'admin')).toContain('#trap:localhost was created by');
    const named = ['--owner', 'stranger'];
    expect(await refusal(trap, ...named)).toContain('its join rule is invite');
    const rule = `/_matrix/client/v3/rooms/${encodeURIComponent(spaceId)}/state/m.room.join_rules/`;
    expect(await stranger.call('PUT', rule, { join_rule: 'public' })).toMatchObject({ status: 200 });
    const { stdout } = await deployment.exits(0, 'invite', deployment.path('taken.yaml'), ...named);
    expect(stdout).toContain('Its owner, who has all rights in it, is @stranger:localhost.');
    const rooms = [{ name: 'Lobby', alias: 'lobby' }];
    expect(await refusal({ name: 'Other', alias: 'other', rooms })).toContain(
      '#lobby:localhost is a room that members of the space may not join',
    );
    const forAll = { name: 'Rowing', alias: 'rowing', open_to: 'every-server', rooms };
    expect(await refusal(forAll)).toContain('#rowing:localhost is closed to users of other servers');
    await deployment.exits(1, 'rooms', 'show', 'other');
  });

  it('must let nobody in without a token, not even a guest', async () => {
    const dummy = { ...settings('bare'), auth: { type: 'm.login.dummy' } };
    expect(await anybody.call('POST', registerPath, dummy)).toMatchObject({ status: 401 });
    expect(await anybody.call('POST', `${registerPath}?kind=guest`, {})).toMatchObject({ status: 403 });
    const { users } = await deployment.ask<{ users: object[] }>('users', 'list');
    expect(users).toHaveLength(2);
  });

  it('must make a public room that is its owner’s, and show it to everybody', async () => {
    const made = await deployment.ask<{ roomId: string }>(...square, '--topic', 'For all');
    roomId = made.roomId;
    expect(made).toMatchObject({ created: true, owner: '@admin:localhost', alias: '#square:localhost' });
    const { body } = await stranger.call('GET', '/_matrix/client/v3/publicRooms');
    expect(body.chunk).toMatchObject([{ room_id: roomId, name: 'Square', topic: 'For all' }]);
    expect(
      await stranger.call('POST', `/_matrix/client/v3/join/${encodeURIComponent('#square:localhost')}`, {}),
    ).toMatchObject({ status: 200 });
    const admin = await logInAsAdmin(deployment);
    const rename = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.name/`;
    expect(await admin.call('PUT', rename, { name: 'Our square' })).toMatchObject({ status: 200 });
    await deployment.exits(1, ...square);
    expect(await deployment.ask(...square, '--exists-ok')).toMatchObject({ created: false, roomId });
  });

  it('must leave no session of its own with the owner, and let nobody else publish', async () => {
    const { devices } = await deployment.ask<{ devices: object[] }>('users', 'devices', 'admin');
    expect(devices).toHaveLength(1);
    const own = await stranger.createRoom({ preset: 'public_chat', visibility: 'public' });
    const listing = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(own)}`;
    expect((await stranger.call('GET', listing)).body).toEqual({ visibility: 'private' });
    expect(await stranger.call('PUT', listing, { visibility: 'public' })).toMatchObject({ status: 403 });
  });

  it('must list rooms with what they hold', async () => {
    await stranger.say(roomId, 'hello');
    const { rooms } = await deployment.ask<{ rooms: object[] }>('rooms', 'list', '--published');
    expect(rooms).toMatchObject([
      { roomId, alias: '#square:localhost', creator: '@admin:localhost', federatable: true, published: true },
    ]);
    const { room } = await deployment.ask<{ room: { events: number; stateEvents: number } }>(
      ...['rooms', 'show', 'square'],
    );
    expect(room.events).toBeGreaterThanOrEqual(room.stateEvents + 1);
    expect(room.stateEvents).toBeGreaterThan(0);
  });

  it('must keep users from joining a room that is blocked', async () => {
    await deployment.exits(0, 'rooms', 'block', roomId);
    await stranger.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`, {});
    const join = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`;
    expect(await stranger.call('POST', join, {})).toMatchObject({ status: 403 });
    await deployment.exits(0, 'rooms', 'unblock', 'square');
    expect(await stranger.call('POST', join, {})).toMatchObject({ status: 200 });
    expect(await deployment.ask('rooms', 'block', '!spam:far.example')).toMatchObject({ changed: true });
  });

  it('must delete a room, once, also when two do it', async () => {
    await deployment.exits(2, 'rooms', 'delete', 'square');
    const confirmed = ['rooms', 'delete', roomId, '--confirm', roomId];
    const both = [deployment.ask<Deleted>(...confirmed), deployment.ask<Deleted>(...confirmed)];
    const removed = (await Promise.all(both)).flatMap((deleted) => deleted.removed);
    expect([...new Set(removed)].sort()).toEqual(['@admin:localhost', '@stranger:localhost']);
    expect(await deployment.ask(...confirmed)).toMatchObject({ changed: false });
    await deployment.exits(1, 'rooms', 'show', roomId);
    await deployment.exits(1, 'rooms', 'delete', 'square', '--confirm', '#square:localhost');
    expect((await stranger.call('GET', '/_matrix/client/v3/joined_rooms')).body.joined_rooms).not.toContain(
      roomId,
    );
  });

  it('must turn registration off again', async () => {
    await deployment.edit({ synapse: { registration: 'closed' } });
    await deployment.exits(0, 'apply');
    expect(await anybody.call('POST', registerPath, settings('late'))).toMatchObject({ status: 403 });
  });

  const square = ['rooms', 'create', '--public', '--name', 'Square', '--alias', 'square'];

  /** Lets the time of a token pass. */
  async function expireToken(token: string): Promise<void> {
    const sql = `UPDATE registration_tokens SET expiry_time = 1 WHERE token = '${token}'`;
    const psql = ['psql', '--username=postgres', '--dbname=synapse', `--command=${sql}`];
    await deployment.run(['docker', 'compose', 'exec', '-T', 'postgres', ...psql]);
  }
});
