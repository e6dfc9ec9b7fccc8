import { describe, expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';
import type { FakeRoom } from '../fakes/rooms.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const lobby: FakeRoom = {
  name: 'Lobby',
  alias: '#lobby:localhost',
  creator: '@admin:localhost',
  members: ['@admin:localhost', '@bob:localhost', '@eve:far.example'],
  published: true,
  joinRule: 'public',
  events: 40,
  topic: 'For all',
};

/** What a terminal would obey is in its name and its alias. */
const evil: FakeRoom = { ...lobby, name: 'a\u001b[31m\nb', alias: '#x\u202e:localhost' };

/** A server with three rooms, one more than a page has. */
async function serverWithRooms() {
  const host = await installedHost();
  const fake = host.world.homeserver.rooms;
  const { topic: _, ...common } = lobby;
  const nameless = { ...common, name: '', alias: '', published: false, joinRule: 'invite' };
  fake.rooms
    .set('!lobby', { ...lobby, members: [...lobby.members] })
    .set('!two', { ...nameless, members: ['@admin:localhost', '@bob:localhost'], events: 900 })
    .set('!empty', { ...nameless, members: [], events: 3 });
  const answer = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.run(`rooms ${argv.join(' ')} --json`);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  return { ...host, ...fake, answer };
}

const roomIds = ({ rooms }: { rooms: { roomId: string }[] }) => rooms.map(({ roomId }) => roomId);

describe('rooms list', () => {
  test('must be a line a room, from every page', async () => {
    const { run } = await serverWithRooms();
    expect((await run('rooms list')).stdout.split('\n')).toEqual([
      'ROOM              MEMBERS  HERE  EVENTS  STATE  FEDERATED  CREATOR           NAME',
      '#lobby:localhost  3        2     40      9      yes        @admin:localhost  Lobby',
      '!two              2        2     900     9      not yet    @admin:localhost',
      '!empty            0        0     3       9      not yet    @admin:localhost',
      '',
    ]);
  });

  test.each([
    ['lobby', ['!lobby']],
    ['--published', ['!lobby']],
    ['--federated', ['!lobby']],
    ['--empty', ['!empty']],
    ['--limit 1', ['!lobby']],
    ['--sort events', ['!two', '!lobby', '!empty']],
    ['--sort events --reverse --limit 2', ['!empty', '!lobby']],
    ['nothing', []],
  ])('%s must list %j', async (argv, expected) => {
    const { answer } = await serverWithRooms();
    expect(roomIds(await answer('list', argv))).toEqual(expected);
  });

  test('must ask for no more pages than are wanted', async () => {
    const { world, answer } = await serverWithRooms();
    await answer('list', '--limit 2');
    expect(world.homeserver.calls.filter((call) => call === 'GET /_synapse/admin/v1/rooms')).toHaveLength(1);
  });

  test('must write nothing that a terminal would obey', async () => {
    const { rooms, run } = await serverWithRooms();
    rooms.set('!evil', evil);
    const { stdout } = await run('rooms list');
    expect(stdout).toContain('#x\\u202e:localhost');
    expect(stdout).toContain('a\\u001b[31m\\u000ab');
    expect((await run('rooms list --json')).stdout).toContain('a\\u001b[31m\\nb');
  });

  test('must refuse a limit that is none', async () => {
    const { run } = await serverWithRooms();
    expect(await run('rooms list --limit 0')).toMatchObject({ exitCode: 2 });
  });
});

describe('rooms show', () => {
  test.each(['!lobby', '#lobby:localhost', '#lobby', 'lobby'])(
    '%s must tell everything of it',
    async (named) => {
      const { answer } = await serverWithRooms();
      expect(await answer('show', named)).toMatchObject({
        room: {
          roomId: '!lobby',
          name: 'Lobby',
          topic: 'For all',
          members: 3,
          localMembers: 2,
          events: 40,
          federatable: true,
        },
        blocked: false,
      });
    },
  );

  test('must be a line a fact', async () => {
    const { run } = await serverWithRooms();
    expect((await run('rooms show !two')).stdout.split('\n')).toEqual([
      '!two',
      '  room ID       !two',
      '  alias         none',
      '  topic         none',
      '  creator       @admin:localhost',
      '  members       2, 2 of this server',
      '  events        900, 9 in its state',
      '  federated     not yet',
      '  join rule     invite',
      '  in directory  no',
      '  encrypted     no',
      '  version       11',
      '  blocked       no',
      '',
    ]);
  });

  test.each([
    ['nowhere', 1, 'there is no room #nowhere:localhost on this server'],
    ['!nowhere', 1, 'there is no room !nowhere on this server'],
    ['@bob:localhost', 2, '"@bob:localhost" is neither a room ID nor an alias'],
  ])('%s must end with %i and say why', async (named, exitCode, text) => {
    const { run } = await serverWithRooms();
    expect(await run(`rooms show ${named}`)).toMatchObject({
      exitCode,
      stderr: expect.stringContaining(text),
    });
  });
});

test('rooms block and unblock must do it once, also for a room that nobody knows', async () => {
  const { blocked, answer } = await serverWithRooms();
  for (const [named, roomId] of [
    ['lobby', '!lobby'],
    ['!spam:far.example', '!spam:far.example'],
  ]) {
    expect(await answer('block', String(named))).toMatchObject({ roomId, blocked: true, changed: true });
    expect(await answer('block', String(named))).toMatchObject({ changed: false });
    expect(blocked).toContain(roomId);
    expect(await answer('unblock', String(named))).toMatchObject({ blocked: false, changed: true });
    expect(blocked).not.toContain(roomId);
  }
});

describe('rooms delete', () => {
  test.each(['#lobby:localhost', '!lobby'])(
    'must delete a room that is confirmed as %s',
    async (confirmed) => {
      const { rooms, blocked, run } = await serverWithRooms();
      const { exitCode, stderr, stdout } = await run(`rooms delete lobby --confirm ${confirmed}`);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('1 user removed so far');
      expect(stdout).toContain('The room !lobby is deleted; 3 users');
      expect(rooms.has('!lobby')).toBe(false);
      expect(blocked.size).toBe(0);
    },
  );

  test('must block it too, and keep its messages, when told to', async () => {
    const { rooms, blocked, answer } = await serverWithRooms();
    await answer('delete', '!lobby', '--confirm !lobby', '--block', '--no-purge');
    expect(blocked).toContain('!lobby');
    expect(rooms.get('!lobby')?.members).toEqual([]);
  });

  test.each([
    ['without a terminal', '', "Add --confirm '#lobby:localhost'."],
    ['for another room', '--confirm !two', '--confirm says !two, but the room is #lobby:localhost'],
  ])('must do nothing %s', async (_title, flags, text) => {
    const { deletions, run } = await serverWithRooms();
    const { exitCode, stderr } = await run(`rooms delete lobby ${flags}`.trim());
    expect(exitCode).toBe(2);
    expect(stderr).toContain(text);
    expect(deletions.size).toBe(0);
  });

  test('must ask for the room ID where the alias cannot be read', async () => {
    const { rooms, run } = await serverWithRooms();
    rooms.set('!evil', evil);
    const { exitCode, stderr } = await run('rooms delete !evil');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Add --confirm '!evil'.");
  });

  test('must join a deletion that goes on, without asking again', async () => {
    const { rooms, deletions, run } = await serverWithRooms();
    deletions.set('!lobby', [{ id: 'running', status: 'active', removed: [], purge: true }]);
    const { exitCode, stderr } = await run('rooms delete !lobby');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('is being deleted already');
    expect(deletions.get('!lobby')).toHaveLength(1);
    expect(rooms.has('!lobby')).toBe(false);
  });

  test('must find nothing left to do for a room that was deleted', async () => {
    const { answer } = await serverWithRooms();
    expect(await answer('delete', '!lobby', '--confirm !lobby')).toMatchObject({ changed: true });
    expect(await answer('delete', '!lobby')).toMatchObject({ changed: false });
  });

  test('must say when the homeserver fails, and where it says why', async () => {
    const { rules, run } = await serverWithRooms();
    rules.deletionsFail = true;
    const { exitCode, stderr } = await run('rooms delete lobby --confirm !lobby');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/could not delete the room[\s\S]*docker compose logs synapse/);
  });

  test('must be refused for a room that nobody knows', async () => {
    const { run } = await serverWithRooms();
    expect(await run('rooms delete !nowhere --confirm !nowhere')).toMatchObject({ exitCode: 1 });
  });
});

describe('rooms create', () => {
  const square = 'create --public --name Square --alias square';

  test('must make a room of the only admin, publish it, and leave no session behind', async () => {
    const { world, rooms, answer } = await serverWithRooms();
    const made = await answer(square);
    expect(made).toMatchObject({ created: true, alias: '#square:localhost', owner: '@admin:localhost' });
    expect(rooms.get(made.roomId)).toMatchObject({
      name: 'Square',
      creator: '@admin:localhost',
      published: true,
      joinRule: 'public',
    });
    expect([...(world.users.get('admin')?.sessions.values() ?? [])]).not.toContain('puppet');
  });

  test('must create it for the named user, also by a whole alias', async () => {
    const { rooms, run, answer } = await serverWithRooms();
    await run('add-user bob --generate-password');
    const { roomId } = await answer('create --public --name Square --alias #square:localhost --owner bob');
    expect(rooms.get(roomId)).toMatchObject({ alias: '#square:localhost', creator: '@bob:localhost' });
  });

  test('must name those who could own it when there are several', async () => {
    const { rooms, run } = await serverWithRooms();
    await run('add-user alice --admin --generate-password');
    const { exitCode, stderr } = await run(`rooms ${square}`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/several admins\n {2}@admin:localhost\n {2}@alice:localhost\nAdd --owner/);
    expect(rooms.size).toBe(3);
  });

  test('must tell a room that is there from a new one', async () => {
    const { rooms, run, answer } = await serverWithRooms();
    const { roomId } = await answer(square);
    Object.assign(rooms.get(roomId) ?? {}, { published: false });
    expect(await run(`rooms ${square}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is a room #square:localhost already'),
    });
    expect(await answer(`${square} --exists-ok`)).toMatchObject({ created: false, roomId });
    expect(rooms.get(roomId)?.published).toBe(true);
  });

  test('must never publish a room that not everybody may join', async () => {
    const { rooms, run } = await serverWithRooms();
    rooms.set('!secret', { ...lobby, alias: '#square:localhost', published: false, joinRule: 'invite' });
    expect(await run(`rooms ${square} --exists-ok`)).toMatchObject({ exitCode: 1 });
    expect(rooms.get('!secret')?.published).toBe(false);
  });

  test('must leave nothing behind where the homeserver publishes no rooms', async () => {
    const { rooms, rules, run } = await serverWithRooms();
    rules.canPublish = false;
    const { exitCode, stderr } = await run(`rooms ${square}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('No room was created. Run `matrix-deploy apply`');
    expect(rooms.size).toBe(3);
  });

  test.each([
    ['create --name Square --alias square', 2, 'Add --public.'],
    ['create --public', 2, 'name: --name <text>'],
    [`${square}:example.org`, 2, 'is an alias of another server'],
    ['create --public --name Square --alias a@b', 2, 'is neither a room ID nor an alias'],
    [`${square} --owner nobody`, 1, 'there is no user @nobody:localhost'],
    [`${square} --owner gone`, 1, 'the account is deactivated or locked'],
  ])('%s must end with %i and make nothing', async (argv, exitCode, text) => {
    const { rooms, run } = await serverWithRooms();
    await run('add-user gone --generate-password');
    await run('users deactivate gone --confirm @gone:localhost');
    expect(await run(`rooms ${argv}`)).toMatchObject({ exitCode, stderr: expect.stringContaining(text) });
    expect(rooms.size).toBe(3);
  });
});

test.each([
  'list',
  'show lobby',
  'block lobby',
  'delete lobby --confirm !lobby',
  'create --public --name a --alias a',
])('rooms %s must say so while the server is down', async (argv) => {
  const { world, run } = await serverWithRooms();
  world.containers.clear();
  expect(await run(`rooms ${argv}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the homeserver does not run'),
  });
});
