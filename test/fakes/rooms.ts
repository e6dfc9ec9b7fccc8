import { type Handlers, ok, type Reply, type Request, refuse } from './homeserver-api.ts';

export interface FakeRoom {
  name: string;
  alias: string;
  creator: string;
  /** User IDs. */
  members: string[];
  published: boolean;
  joinRule: string;
  events: number;
  topic?: string;
}

interface FakeDeletion {
  id: string;
  status: string;
  removed: string[];
  purge: boolean;
}

/** Rooms as the fake homeserver knows them. A deletion puts one user out each time that it is looked at. */
export function fakeRooms(serverName: string, holderOf: (token: string | undefined) => string | undefined) {
  const rooms = new Map<string, FakeRoom>();
  const blocked = new Set<string>();
  const deletions = new Map<string, FakeDeletion[]>();
  const rules = { canPublish: true, deletionsFail: false };
  const unknown = refuse(404, 'M_NOT_FOUND', 'Room not found');

  const create = ({ body, token }: Request): Reply => {
    const alias = `#${body.room_alias_name}:${serverName}`;
    if ([...rooms.values()].some((room) => room.alias === alias)) {
      return refuse(400, 'M_ROOM_IN_USE', 'Room alias already taken');
    }
    const creator = `@${holderOf(token)}:${serverName}`;
    const room = { name: body.name, alias, creator, members: [creator], events: 7 };
    const roomId = `!room${rooms.size}`;
    rooms.set(roomId, {
      ...room,
      published: false,
      joinRule: body.preset === 'public_chat' ? 'public' : 'invite',
    });
    return ok({ room_id: roomId });
  };
  const resolve = (_request: Request, _user: unknown, alias: string): Reply => {
    const [roomId] = [...rooms].find(([, room]) => room.alias === alias) ?? [];
    return roomId === undefined ? unknown : ok({ room_id: roomId });
  };
  const publish = (_request: Request, _user: unknown, roomId: string): Reply => {
    const room = rooms.get(roomId);
    if (room === undefined || !rules.canPublish) {
      return refuse(403, 'M_FORBIDDEN', 'Not allowed to publish room');
    }
    room.published = true;
    return ok();
  };
  const describe = (roomId: string, room: FakeRoom) => ({
    room_id: roomId,
    name: room.name,
    canonical_alias: room.alias,
    creator: room.creator,
    joined_members: room.members.length,
    joined_local_members: room.members.filter((userId) => userId.endsWith(`:${serverName}`)).length,
    state_events: 9,
    federatable: true,
    public: room.published,
    encryption: null,
    join_rules: room.joinRule,
    version: '11',
  });
  const list = ({ url }: Request): Reply => {
    const text = url.searchParams.get('search_term') ?? '';
    const fitting = [...rooms].filter(([, { name, alias }]) => `${name} ${alias}`.includes(text));
    const [from, limit] = [Number(url.searchParams.get('from')), 2];
    const page = fitting.slice(from, from + limit).map(([roomId, room]) => describe(roomId, room));
    const more = from + limit < fitting.length;
    return ok({ rooms: page, ...(more ? { next_batch: from + limit } : {}) });
  };
  const one = (_request: Request, _user: unknown, roomId: string): Reply => {
    const room = rooms.get(roomId);
    return room === undefined ? unknown : ok({ ...describe(roomId, room), topic: room.topic ?? null });
  };
  const block = ({ method, body }: Request, _user: unknown, roomId: string): Reply => {
    if (method === 'PUT') {
      blocked[body.block ? 'add' : 'delete'](roomId);
    }
    return ok({ block: blocked.has(roomId) });
  };

  const tell = (roomId: string, { id, status, removed }: FakeDeletion) => ({
    delete_id: id,
    room_id: roomId,
    status,
    shutdown_room: { kicked_users: removed, failed_to_kick_users: [] },
  });
  const startDeletion = ({ body }: Request, _user: unknown, roomId: string): Reply => {
    const id = `d${[...deletions.values()].flat().length}`;
    if (body.block) {
      blocked.add(roomId);
    }
    const begun = { id, status: 'active', removed: [], purge: body.purge };
    deletions.set(roomId, [...(deletions.get(roomId) ?? []), begun]);
    return ok({ delete_id: id });
  };
  const deletionsOf = (_request: Request, _user: unknown, roomId: string): Reply => {
    const all = deletions.get(roomId);
    return all === undefined ? unknown : ok({ results: all.map((deletion) => tell(roomId, deletion)) });
  };
  const advance = (roomId: string, deletion: FakeDeletion): void => {
    const room = rooms.get(roomId);
    const next = room?.members.pop();
    if (rules.deletionsFail) {
      deletion.status = 'failed';
    } else if (next !== undefined) {
      deletion.removed.push(next);
    } else {
      deletion.status = 'complete';
      if (deletion.purge) {
        rooms.delete(roomId);
      }
    }
  };
  const readDeletion = (_request: Request, _user: unknown, id: string): Reply => {
    for (const [roomId, all] of deletions) {
      const deletion = all.find((each) => each.id === id);
      if (deletion !== undefined) {
        advance(roomId, deletion);
        return ok(tell(roomId, deletion));
      }
    }
    return unknown;
  };

  const users: Handlers<unknown> = [
    [/^\/_matrix\/client\/v3\/createRoom$/, create],
    [/^\/_matrix\/client\/v3\/directory\/room\/([^/]+)$/, resolve],
  ];
  const admins: Handlers<unknown> = [
    [/^\/_matrix\/client\/v3\/directory\/list\/room\/([^/]+)$/, publish],
    [/^\/_synapse\/admin\/v1\/rooms$/, list],
    [/^\/_synapse\/admin\/v1\/rooms\/([^/]+)$/, one],
    [/^\/_synapse\/admin\/v1\/rooms\/([^/]+)\/block$/, block],
    [/^\/_synapse\/admin\/v2\/rooms\/delete_status\/([^/]+)$/, readDeletion],
    [/^\/_synapse\/admin\/v2\/rooms\/([^/]+)\/delete_status$/, deletionsOf],
    [/^\/_synapse\/admin\/v2\/rooms\/([^/]+)$/, startDeletion],
  ];
  return { rooms, blocked, deletions, rules, users, admins };
}
